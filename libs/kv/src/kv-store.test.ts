import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { type Command, putCommand } from './command.ts';
import { keyBytes, keyText } from './key.ts';
import {
  CompactedError,
  FutureRevisionError,
  InvalidCommandError,
  LeaseExistsError,
  LeaseNotFoundError,
  LeaseTtlTooLargeError,
} from './kv-errors.ts';
import { KvStore } from './kv-store.ts';

const at = (time: number) => ({ time });
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array) => new TextDecoder().decode(value);
const put = (key: string, value: string, lease = '0') => putCommand(key, bytes(value), lease);
const txn = (value: Partial<storagev1.TxnRequest>): Command => ({
  $case: 'txn',
  value: { compare: [], success: [], failure: [], ...value },
});
const putOf = (key: string, value: string): storagev1.Operation => ({
  operation: { $case: 'put', value: storagev1.Put.fromPartial({ key: keyBytes(key), value: bytes(value) }) },
});
const deletionOf = (key: string, end = ''): storagev1.Operation => ({
  operation: {
    $case: 'deleteRange',
    value: storagev1.DeleteRange.fromPartial({ key: keyBytes(key), rangeEnd: keyBytes(end) }),
  },
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
    expect(store.ownRevisionsFrom).toBeUndefined();
    store.apply(txn({ success: [putOf('/x', '1'), putOf('/r/a', '1'), putOf('/y', '1'), putOf('/r/b', '1')] }), at(0));
    expect(store.changesBetween(2, 3).changes.map(({ key, revision }) => [key, revision])).toEqual([
      ['/x', 2],
      ['/r/a', 2],
      ['/y', 2],
      ['/r/b', 3],
    ]);
    expect(store.changesAt(2)).toHaveLength(3);
    expect(store.ownRevisionsFrom).toBe(2);
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
    ['a lease that nobody granted', [putOf('z', '1'), ...leased('a', '9')], LeaseNotFoundError],
  ])('changes nothing for %s', (_, success, error) => {
    const store = new KvStore();
    expect(() => store.apply(txn({ success }), at(0))).toThrow(error);
    expect([store.revision, store.keys]).toEqual([1, 0]);
  });

  it('revokes a lease with the keys that still hang on it', () => {
    const store = new KvStore({ leaseTtlMinSeconds: 2 });
    const granted = store.apply({ $case: 'leaseGrant', value: { id: '9007199254740993', ttlSeconds: 1 } }, at(0));
    expect(granted.result.value).toEqual({ id: '9007199254740993', ttlSeconds: 2 });
    store.apply(put('a', '1', '9007199254740993'), at(0));
    store.apply(put('b', '1', '9007199254740993'), at(0));
    store.apply(put('b', '2'), at(0)); // No longer on the lease.
    expect([...(store.lease('9007199254740993')?.keys ?? [])]).toEqual(['a']);
    expect(read(store, 'a').kvs[0]?.lease).toBe('9007199254740993');
    store.apply({ $case: 'leaseRevoke', value: { id: '9007199254740993' } }, at(0));
    expect(pairs(read(store, 'a', 'z'))).toEqual([['b', '2']]);
    expect(() => store.apply(put('c', '1', '9007199254740993'), at(0))).toThrow(LeaseNotFoundError);
  });

  it('chooses identifiers of leases that are free', () => {
    const store = new KvStore();
    const grant = (id: string) =>
      store.apply({ $case: 'leaseGrant', value: { id, ttlSeconds: 9 } }, at(0)).result.value;
    grant('1');
    expect(grant('0')).toEqual({ id: '2', ttlSeconds: 9 });
    expect(() => grant('2')).toThrow(LeaseExistsError);
    expect(() => store.apply({ $case: 'leaseGrant', value: { id: '3', ttlSeconds: 9e9 + 1 } }, at(0))).toThrow(
      LeaseTtlTooLargeError,
    );
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

function leased(key: string, lease: string): storagev1.Operation[] {
  return [
    { operation: { $case: 'put', value: storagev1.Put.fromPartial({ key: keyBytes(key), value: bytes('1'), lease }) } },
  ];
}
