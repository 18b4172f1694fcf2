import { describe, expect, it } from '@jest/globals';
import { KvStore, putCommand } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import { encodeResponse } from '../../key-value-service/encode-response.ts';
import { rangeResponse } from './answers.ts';
import { rangeResponseEncoder } from './range-response-encoder.ts';

const header = { clusterId: '18446744073709551615', memberId: '7', revision: 301, raftTerm: 3 };

function rangeOf(keys: number, valueBytes: number, limit = 0): storagev1.RangeResponse {
  const store = new KvStore();
  for (let n = 0; n < keys; n++) store.apply(putCommand(`/key/${n}`, Buffer.alloc(valueBytes + n, 'v')), { time: 0 });
  return store.range(storagev1.RangeRequest.fromPartial({ key: Buffer.from('/'), rangeEnd: Buffer.from([0]), limit }));
}

describe.each([
  [0, 10, 0],
  [3, 200, 0],
  [300, 120, 0],
  [300, 120, 20],
])('a range of %d keys from %d bytes on, limited to %d', (keys, valueBytes, limit) => {
  it('is encoded for etcd as the generated code does it', () => {
    const range = rangeOf(keys, valueBytes, limit);
    const expected = etcdserverpb.RangeResponse.encode(rangeResponse(range, header)).finish();
    expect(Buffer.compare(rangeResponseEncoder.encode({ range, header }).finish(), expected)).toBe(0);
  });

  it('is encoded for the bus as the generated code does it', () => {
    const value = rangeOf(keys, valueBytes, limit);
    const response = { header: { member: 'a', term: 3, revision: 301 }, result: { $case: 'range' as const, value } };
    expect(Buffer.compare(encodeResponse(response), storagev1.Response.encode(response).finish())).toBe(0);
  });
});

describe('a range that is too long for one message on the bus', () => {
  it.each([20, 5])('is cut, of %d keys', (keys) => {
    const value = rangeOf(keys, 1_000_000);
    const encoded = encodeResponse({ header: undefined, result: { $case: 'range', value } });
    const { result } = storagev1.Response.decode(encoded);
    expect(result).toMatchObject({ $case: 'range', value: { more: true, count: keys, kvs: { length: 4 } } });
  });
});
