import { storagev1 } from '@orrery/proto';
import fc from 'fast-check';
import { keyBytes } from '../key.ts';
import { isKvError } from '../kv-errors.ts';
import type { KvStore } from '../kv-store.ts';
import type { ObviousStore } from './obvious-store.ts';

export type HistoryStep =
  | { readonly kind: 'txn'; readonly txn: storagev1.TxnRequest }
  | { readonly kind: 'grant' | 'revoke'; readonly lease: string }
  | { readonly kind: 'compact'; readonly back: number };

/** Few keys, so that histories meet themselves; bytes beyond ASCII among them, which must order as bytes do. */
const KEYS = ['a', 'b', 'b\0', 'ba', 'c', 'd', '\xff', '\xfe\xff', 'k/1', 'k/2', 'k/3', 'k0'];

export const keys = fc.constantFrom(...KEYS);
const ends = fc.oneof({ weight: 3, arbitrary: fc.constant('') }, keys, fc.constant('\0'));
const leases = fc.constantFrom('1', '7', '9007199254740993');
const someLease = fc.oneof({ weight: 4, arbitrary: fc.constant('0') }, leases);
const values = fc.oneof({ weight: 30, arbitrary: fc.string({ maxLength: 3 }) }, fc.constant('x'.repeat(30_000)));

const compares = fc
  .record({
    key: keys.map(keyBytes),
    rangeEnd: ends.map(keyBytes),
    target: fc.integer({ min: 1, max: 5 }),
    result: fc.integer({ min: 1, max: 4 }),
    number: fc.nat(6),
    value: fc.string({ maxLength: 1 }).map(keyBytesOfText),
    lease: someLease,
  })
  .map((compare) => storagev1.Compare.fromPartial(compare));

const puts = fc
  .record({
    key: keys,
    value: values,
    lease: someLease,
    keep: fc.integer({ min: 0, max: 9 }),
    prevKv: fc.boolean(),
  })
  .map(({ key, value, lease, keep, prevKv }) =>
    storagev1.Put.fromPartial({
      key: keyBytes(key),
      value: keep === 0 ? new Uint8Array(0) : keyBytesOfText(value),
      lease: keep === 1 ? '0' : lease,
      ignoreValue: keep === 0,
      ignoreLease: keep === 1,
      prevKv,
    }),
  );

const deletions = fc
  .record({ key: keys.map(keyBytes), rangeEnd: ends.map(keyBytes), prevKv: fc.boolean() })
  .map((deletion) => storagev1.DeleteRange.fromPartial(deletion));

const { operations } = fc.letrec<{ operations: storagev1.Operation[]; operation: storagev1.Operation }>((tie) => ({
  operations: fc.array(tie('operation'), { maxLength: 3 }),
  operation: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: puts.map((value): storagev1.Operation => ({ operation: { $case: 'put', value } })) },
    {
      weight: 2,
      arbitrary: deletions.map((value): storagev1.Operation => ({ operation: { $case: 'deleteRange', value } })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({
          compare: fc.array(compares, { maxLength: 2 }),
          success: tie('operations'),
          failure: tie('operations'),
        })
        .map((value): storagev1.Operation => ({ operation: { $case: 'txn', value } })),
    },
  ),
}));

/** Any history; what is impossible in it is refused by the store. */
export const histories = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .record({ compare: fc.array(compares, { maxLength: 2 }), success: operations, failure: operations })
        .map((txn): HistoryStep => ({ kind: 'txn', txn })),
    },
    { weight: 2, arbitrary: leases.map((lease): HistoryStep => ({ kind: 'grant', lease })) },
    { weight: 1, arbitrary: leases.map((lease): HistoryStep => ({ kind: 'revoke', lease })) },
    { weight: 1, arbitrary: fc.nat(12).map((back): HistoryStep => ({ kind: 'compact', back })) },
  ),
  { maxLength: 60, size: 'max' },
);

export const ranges = fc
  .record({
    key: keys.map(keyBytes),
    rangeEnd: fc.oneof(ends, fc.constant('\0')).map(keyBytes),
    limit: fc.nat(4),
    keysOnly: fc.boolean(),
    countOnly: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
    sortOrder: fc.integer({ min: 0, max: 2 }),
    sortTarget: fc.integer({ min: 0, max: 4 }),
    minModRevision: fc.oneof(fc.constant(0), fc.nat(20)),
    maxModRevision: fc.oneof(fc.constant(0), fc.nat(40)),
    minCreateRevision: fc.oneof(fc.constant(0), fc.nat(10)),
    maxCreateRevision: fc.oneof(fc.constant(0), fc.nat(40)),
  })
  .map((range) => storagev1.RangeRequest.fromPartial(range));

/** Does one step at the store, and at the obvious one what the store did not refuse as malformed. Returns what the store answered. */
export function doStep(store: KvStore, model: ObviousStore, step: HistoryStep, time = 0): 'done' | 'refused' {
  try {
    switch (step.kind) {
      case 'txn': {
        const { result } = store.apply({ $case: 'txn', value: step.txn }, { time });
        const succeeded = model.txn(step.txn);
        if (result.$case !== 'txn' || result.value.succeeded !== succeeded) {
          throw new Error(`the store says ${JSON.stringify(result)}, the model ${succeeded}`);
        }
        break;
      }
      case 'grant':
        store.apply({ $case: 'leaseGrant', value: { id: step.lease, ttlSeconds: 10 } }, { time });
        model.leases.set(step.lease, 10);
        break;
      case 'revoke':
        store.apply({ $case: 'leaseRevoke', value: { id: step.lease } }, { time });
        model.revoke(step.lease);
        break;
      case 'compact': {
        const revision = model.revision - step.back;
        store.apply({ $case: 'compact', value: { revision } }, { time });
        model.compactions.push(revision);
        break;
      }
      default:
        return step satisfies never;
    }
    return 'done';
  } catch (error) {
    if (isKvError(error)) return 'refused';
    throw error;
  }
}

function keyBytesOfText(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
