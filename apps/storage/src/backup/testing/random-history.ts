import { type Command, isKvError, KvStore, keyBytes, putCommand } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import fc from 'fast-check';

const keys = fc.integer({ min: 0, max: 30 }).map((n) => `key-${n}`);
const leases = fc.integer({ min: 1, max: 4 }).map((n) => String(7_587_848_943_239_472_640n + BigInt(n)));
const values = fc.string({ maxLength: 40 }).map((text) => Buffer.from(text));
const transaction = (success: storagev1.Operation[]): Command => ({
  $case: 'txn',
  value: { compare: [], success, failure: [] },
});
const putting = (key: string, value: Uint8Array): storagev1.Operation => ({
  operation: { $case: 'put', value: storagev1.Put.fromPartial({ key: keyBytes(key), value }) },
});
const deleting = (from: string, to: string): storagev1.Operation => ({
  operation: {
    $case: 'deleteRange',
    value: storagev1.DeleteRange.fromPartial({ key: keyBytes(from), rangeEnd: keyBytes(to) }),
  },
});

/** One change of a store; some cannot be done in some states, and then change nothing. */
const steps: fc.Arbitrary<(store: KvStore) => Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(keys, values).map(
      ([key, value]) =>
        () =>
          putCommand(key, value),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(keys, values, leases).map((put) => () => putCommand(...put)) },
  { weight: 2, arbitrary: fc.tuple(keys, keys).map((range) => () => transaction([deleting(...range)])) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.uniqueArray(keys, { minLength: 2, maxLength: 5 }), values).map(
      ([several, value]) =>
        () =>
          transaction(several.map((key) => putting(key, value))),
    ),
  },
  {
    weight: 1,
    arbitrary: leases.map((id) => () => ({ $case: 'leaseGrant' as const, value: { id, ttlSeconds: 60 } })),
  },
  { weight: 1, arbitrary: leases.map((id) => () => ({ $case: 'leaseRevoke' as const, value: { id } })) },
  {
    weight: 1,
    arbitrary: fc.nat(20).map((back) => (store: KvStore) => ({
      $case: 'compact' as const,
      value: { revision: Math.max(1, store.revision - back) },
    })),
  },
);

export type History = readonly ((store: KvStore) => Command)[];

export const histories: fc.Arbitrary<History> = fc.array(steps, { maxLength: 150 });

export function applyHistory(store: KvStore, history: History): void {
  for (const step of history) {
    try {
      store.apply(step(store), { time: 0 });
    } catch (error) {
      if (!isKvError(error)) throw error;
    }
  }
}

export function storeWith(history: History): KvStore {
  const store = new KvStore();
  applyHistory(store, history);
  return store;
}
