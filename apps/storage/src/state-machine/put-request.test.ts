import { describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import fc from 'fast-check';
import { decodePut, decodeStorageRequest, encodeStorageRequest } from './put-request.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const puts = fc.record({
  key: bytes,
  value: bytes,
  lease: fc.constantFrom('0', '0', '0', '7', '-1'),
  prevKv: fc.boolean(),
  ignoreValue: fc.constantFrom(false, false, true),
  ignoreLease: fc.constantFrom(false, false, true),
});
const plainPuts = fc.record({ key: bytes, value: bytes }).map((put) => storagev1.Put.fromPartial(put));

function txn(put: storagev1.Put, others: Partial<storagev1.TxnRequest> = {}): storagev1.Request['operation'] {
  const success = [{ operation: { $case: 'put' as const, value: put } }];
  return { $case: 'txn', value: { compare: [], success, failure: [], ...others } };
}

const requests: fc.Arbitrary<storagev1.Request> = fc
  .record({ requestId: fc.constantFrom('', '', 'id-ä-1'), put: fc.oneof(puts, plainPuts), kind: fc.nat(4) })
  .map(({ requestId, put, kind }) => {
    if (kind === 0) return { requestId, operation: { $case: 'compact', value: { revision: put.key.length } } };
    if (kind === 1) return { requestId, operation: txn(put, { failure: [{ operation: undefined }] }) };
    return { requestId, operation: txn(put) };
  });

describe('a storage request', () => {
  it('is written and read as the generated code does it', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const expected = storagev1.Request.encode(request).finish();
        expect(Buffer.compare(encodeStorageRequest(request), expected)).toBe(0);
        expect(decodeStorageRequest(expected)).toEqual(storagev1.Request.decode(expected));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('is the same also where its value is long', () => {
    const request = {
      requestId: '',
      operation: txn(storagev1.Put.fromPartial({ key: Buffer.from('k'), value: Buffer.alloc(20_000, 'v') })),
    };
    const expected = storagev1.Request.encode(request).finish();
    expect(Buffer.compare(encodeStorageRequest(request), expected)).toBe(0);
    const read = storagev1.Request.encode(decodeStorageRequest(expected)).finish();
    expect(Buffer.compare(read, expected)).toBe(0);
  });

  it('that was cut off or changed on the way is read or refused as the generated code does it', () => {
    const read = (decode: () => unknown): unknown => {
      try {
        return decode();
      } catch {
        return 'refused';
      }
    };
    fc.assert(
      fc.property(requests, fc.nat(), fc.nat(255), fc.boolean(), (request, place, byte, cut) => {
        const encoded = Buffer.from(storagev1.Request.encode(request).finish());
        const at = place % Math.max(1, Math.min(encoded.length, 40));
        if (!cut && encoded.length > 0) encoded[at] = byte;
        const received = cut ? encoded.subarray(0, at) : encoded;
        const expected = read(() => storagev1.Request.decode(received));
        expect(read(() => decodeStorageRequest(received))).toEqual(expected);
      }),
      { numRuns: 1_000, seed: 2 },
    );
  });

  it('is not copied when it is read', () => {
    const put = storagev1.Put.fromPartial({ key: Buffer.from('k'), value: Buffer.from('v') });
    const encoded = encodeStorageRequest({ requestId: '', operation: txn(put) });
    const { operation } = decodeStorageRequest(encoded);
    const value = operation?.$case === 'txn' ? operation.value.success[0]?.operation?.value : undefined;
    expect((value as storagev1.Put).value.buffer).toBe(encoded.buffer);
  });
});

describe("etcd's put", () => {
  it('is read as the generated code does it', () => {
    fc.assert(
      fc.property(fc.oneof(puts, plainPuts), (put) => {
        const encoded = etcdserverpb.PutRequest.encode(put).finish();
        expect(decodePut(encoded)).toEqual(etcdserverpb.PutRequest.decode(encoded));
      }),
      { numRuns: 300, seed: 3 },
    );
  });
});
