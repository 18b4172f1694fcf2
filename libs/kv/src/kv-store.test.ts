import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import fc from 'fast-check';
import { keyBytes, keyText } from './key.ts';
import { CompactedError, FutureRevisionError, InvalidCommandError, LeaseNotFoundError } from './kv-errors.ts';
import { type Command, KvStore, putCommand } from './kv-store.ts';
import { ObviousStore } from './testing/obvious-store.ts';

const at = (time: number) => ({ time });
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);
const put = (key: string, value: string, lease = 0) => putCommand(key, bytes(value), lease);
const txn = (value: Partial<storagev1.TxnRequest>): Command => ({
  $case: 'txn',
  value: { compare: [], success: [], failure: [], ...value },
});
const putOf = (key: string, value: string): storagev1.Operation => ({
  operation: { $case: 'put', value: { key: keyBytes(key), value: bytes(value), lease: 0 } },
});
const deletionOf = (key: string, end = ''): storagev1.Operation => ({
  operation: { $case: 'deleteRange', value: { key: keyBytes(key), rangeEnd: keyBytes(end) } },
});
const read = (store: KvStore, from: string, to = '', request: Partial<storagev1.RangeRequest> = {}) =>
  store.range(storagev1.RangeRequest.fromPartial({ key: keyBytes(from), rangeEnd: keyBytes(to), ...request }));
const pairs = ({ kvs }: storagev1.RangeResponse) => kvs.map(({ key, value }) => [keyText(key), text(value)]);

describe('the store', () => {
  it('begins at revision 1 and counts changes from there', () => {
    const store = new KvStore();
    expect(store.revision).toBe(1);
    store.apply(put('a', '1'), at(0));
    store.apply(put('a', '2'), at(0));
    expect(read(store, 'a').kvs[0]).toMatchObject({ createRevision: 2, modRevision: 3, version: 2 });
    store.apply(txn({ success: [deletionOf('a')] }), at(0));
    store.apply(put('a', '3'), at(0));
    expect(read(store, 'a').kvs[0]).toMatchObject({ createRevision: 5, modRevision: 5, version: 1 });
  });

  it('does the branch that the comparisons choose, at one revision', () => {
    const store = new KvStore();
    const isNew = storagev1.Compare.fromPartial({
      key: keyBytes('a'),
      target: storagev1.Compare_Target.TARGET_MOD_REVISION,
      result: storagev1.Compare_Result.RESULT_EQUAL,
      number: 0,
    });
    const create = txn({ compare: [isNew], success: [putOf('a', '1'), putOf('b', '1')], failure: [] });
    expect(store.apply(create, at(0)).result).toMatchObject({ value: { succeeded: true, revision: 2 } });
    expect(store.apply(create, at(0)).result).toMatchObject({ value: { succeeded: false, revision: 2 } });
    expect(store.revision).toBe(2);
  });

  it('gives keys that want it a revision for themselves', () => {
    const store = new KvStore({ ownRevision: (key) => key.startsWith('/r/') });
    const { changes } = store.apply(
      txn({ success: [putOf('/x', '1'), putOf('/r/a', '1'), putOf('/y', '1'), putOf('/r/b', '1')] }),
      at(0),
    );
    expect(changes.map(({ key, revision }) => [key, revision])).toEqual([
      ['/x', 2],
      ['/r/a', 2],
      ['/y', 2],
      ['/r/b', 3],
    ]);
    expect(store.changesAt(2)).toHaveLength(3);
  });

  it('limits, counts and leaves out values on request', () => {
    const store = new KvStore();
    for (const key of ['a', 'b', 'c']) store.apply(put(key, key), at(0));
    expect(read(store, 'a', 'z', { limit: 2 })).toMatchObject({ more: true, count: 3, kvs: { length: 2 } });
    expect(read(store, 'a', 'z', { countOnly: true })).toEqual({ more: false, count: 3, kvs: [], revision: 4 });
    expect(pairs(read(store, 'b', '\0', { keysOnly: true }))).toEqual([
      ['b', ''],
      ['c', ''],
    ]);
  });

  it('refuses revisions that are gone or still to come', () => {
    const store = new KvStore();
    for (let n = 0; n < 5; n++) store.apply(put('a', String(n)), at(0));
    store.apply({ $case: 'compact', value: { revision: 4 } }, at(0));
    expect(() => read(store, 'a', '', { revision: 3 })).toThrow(CompactedError);
    expect(pairs(read(store, 'a', '', { revision: 4 }))).toEqual([['a', '2']]);
    expect(() => read(store, 'a', '', { revision: 7 })).toThrow(FutureRevisionError);
    expect(() => store.apply({ $case: 'compact', value: { revision: 4 } }, at(0))).toThrow(CompactedError);
    expect(store.changesAt(4)).toBeUndefined();
    expect(store.changesAt(5)).toHaveLength(1);
  });

  it.each([
    ['one key put twice', [putOf('a', '1'), putOf('a', '2')], InvalidCommandError],
    ['a key put and deleted', [putOf('a', '1'), deletionOf('a', 'b')], InvalidCommandError],
    ['an empty key', [putOf('', '1')], InvalidCommandError],
    ['an empty operation', [putOf('a', '1'), { operation: undefined }], InvalidCommandError],
    ['a lease that nobody granted', [putOf('z', '1'), ...leased('a', 9)], LeaseNotFoundError],
  ])('changes nothing for %s', (_, success, error) => {
    const store = new KvStore();
    expect(() => store.apply(txn({ success }), at(0))).toThrow(error);
    expect([store.revision, store.keys]).toEqual([1, 0]);
  });

  it('revokes leases by the time that comes with the command', () => {
    const store = new KvStore();
    store.apply({ $case: 'leaseGrant', value: { id: 5, ttlSeconds: 10 } }, at(0));
    store.apply(put('a', '1', 5), at(0));
    store.apply(put('b', '1', 5), at(0));
    store.apply(put('b', '2'), at(0)); // No longer on the lease.
    store.apply({ $case: 'leaseKeepAlive', value: { id: 5 } }, at(6_000));
    expect(store.apply({ $case: 'expireLeases' }, at(15_999)).changes).toEqual([]);
    expect(store.hasExpiredLeases(16_000)).toBe(true);
    store.apply({ $case: 'expireLeases' }, at(16_000));
    expect(pairs(read(store, 'a', 'z'))).toEqual([['b', '2']]);
    expect(() => store.apply({ $case: 'leaseKeepAlive', value: { id: 5 } }, at(16_000))).toThrow(LeaseNotFoundError);
  });

  it('leaves a revision out when it goes on behind one that it never made', () => {
    const store = new KvStore();
    store.apply(put('a', '1'), at(0));
    store.apply({ $case: 'skipRevisions', revision: 100 }, at(0));
    expect([store.revision, store.compactRevision]).toEqual([102, 101]);
    expect(pairs(read(store, 'a'))).toEqual([['a', '1']]);
    store.apply({ $case: 'skipRevisions', revision: 100 }, at(0));
    store.apply(put('a', '2'), at(0));
    expect(store.changesAt(103)).toHaveLength(1);
  });
});

function leased(key: string, lease: number): storagev1.Operation[] {
  return [{ operation: { $case: 'put', value: { key: keyBytes(key), value: bytes('1'), lease } } }];
}

const keys = fc.integer({ min: 0, max: 40 }).map((n) => `/k/${n}`);
const moves = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ move: fc.constant('put' as const), key: keys, value: fc.string({ maxLength: 3 }) }),
  },
  { weight: 3, arbitrary: fc.record({ move: fc.constant('delete' as const), key: keys }) },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('compact' as const), back: fc.nat(10) }) },
);

describe('the store beside an obvious one', () => {
  it('shows the same at every revision that is kept', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 120 }), keys, keys, (steps, from, to) => {
        const store = new KvStore({ ownRevision: () => true });
        const model = new ObviousStore();
        for (const step of steps) {
          if (step.move === 'put') {
            store.apply(put(step.key, step.value), at(0));
            model.change((world) => world.set(step.key, step.value));
          } else if (step.move === 'delete') {
            store.apply(txn({ success: [deletionOf(step.key)] }), at(0));
            if (model.now.has(step.key)) model.change((world) => world.delete(step.key));
          } else if (model.revision - step.back > model.compacted) {
            model.compacted = model.revision - step.back;
            store.apply({ $case: 'compact', value: { revision: model.compacted } }, at(0));
          }
        }
        expect([store.revision, store.keys]).toEqual([model.revision, model.now.size]);
        for (let revision = Math.max(1, model.compacted); revision <= model.revision; revision++) {
          expect(pairs(read(store, from, to, { revision }))).toEqual(model.range(from, to, revision));
          expect(pairs(read(store, '/', '0', { revision }))).toEqual(model.range('/', '0', revision));
        }
      }),
      { seed: 3 },
    );
  });
});
