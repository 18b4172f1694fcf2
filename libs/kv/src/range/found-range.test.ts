import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { putCommand } from '../command.ts';
import { keyBytes } from '../key.ts';
import { KvStore } from '../kv-store.ts';
import { recordsOf } from './found-range.ts';

function storeOf(keys: number): KvStore {
  const store = new KvStore();
  for (let n = 0; n < keys; n++) {
    store.apply(putCommand(`k${String(n).padStart(3, '0')}`, Buffer.from(`value ${n}`)), { time: 0 });
  }
  return store;
}

function all(store: KvStore, options: Partial<storagev1.RangeRequest> = {}): storagev1.RangeResponse {
  const rangeEnd = Buffer.from([0]);
  return store.range(storagev1.RangeRequest.fromPartial({ key: Buffer.from('k'), rangeEnd, ...options }));
}

describe('the answer to a range', () => {
  it.each([1, 7, 8, 100])('of %d keys is the same as objects and as records', (keys) => {
    const range = all(storeOf(keys));
    const records = recordsOf(range);
    expect(range).toMatchObject({ count: keys, more: false, revision: keys + 1 });
    expect(range.kvs.map(({ key }) => Buffer.from(key).toString())[keys - 1]).toBe(
      `k${String(keys - 1).padStart(3, '0')}`,
    );
    expect(range.kvs[0]).toMatchObject({ createRevision: 2, modRevision: 2, version: 1, lease: '0' });
    if (records !== undefined) expect(records.map((record) => storagev1.KeyValue.decode(record))).toEqual(range.kvs);
    expect(records !== undefined).toBe(keys >= 8);
  });

  it('stays what it was while the store goes on and forgets', () => {
    const store = storeOf(50);
    const range = all(store);
    for (let n = 0; n < 50; n++)
      store.apply(putCommand(`k${String(n).padStart(3, '0')}`, Buffer.alloc(5_000)), { time: 0 });
    store.apply({ $case: 'compact', value: { revision: store.revision } }, { time: 0 });
    while (store.freeSlice());
    expect(range.kvs.map(({ value }) => Buffer.from(value).toString())[49]).toBe('value 49');
  });

  it('has no records where it was changed or holds no values', () => {
    const range = all(storeOf(20));
    expect(recordsOf({ ...range, kvs: range.kvs.slice(0, 10) })).toBeUndefined();
    const keysOnly = all(storeOf(20), { keysOnly: true });
    expect(recordsOf(keysOnly)).toBeUndefined();
    expect(keysOnly.kvs.map(({ key, value }) => [key, value.length])[3]).toEqual([keyBytes('k003'), 0]);
  });
});
