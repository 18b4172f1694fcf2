import { describe, expect, it } from '@jest/globals';
import { GrpcCode } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import { SeededRandom } from '@orrery/runtime';
import { statusOf } from './error-status.ts';
import { anyLeaseId, identifierOf } from './identifiers.ts';
import { put, rangeRequest, txn } from './requests.ts';

const { Error_Code: Code } = storagev1;

describe('errors', () => {
  it.each([
    [Code.CODE_COMPACTED, 'etcdserver: mvcc: required revision has been compacted', GrpcCode.outOfRange],
    [Code.CODE_LEASE_NOT_FOUND, 'etcdserver: requested lease not found', GrpcCode.notFound],
    [Code.CODE_LEASE_EXISTS, 'etcdserver: lease already exists', GrpcCode.failedPrecondition],
    [Code.CODE_NO_SPACE, 'etcdserver: mvcc: database space exceeded', GrpcCode.resourceExhausted],
    [Code.CODE_CORRUPT, 'etcdserver: corrupt cluster', GrpcCode.dataLoss],
  ])('%s keeps its text and gets the status that clients know', (code, message, grpc) => {
    expect(statusOf({ code, message, compactRevision: 0 })).toMatchObject({ code: grpc, message });
  });

  it('shows a passing trouble as one that clients try again after', () => {
    const error = statusOf({ code: Code.CODE_UNAVAILABLE, message: 'another leader took over', compactRevision: 0 });
    expect(error).toMatchObject({ code: GrpcCode.unavailable, message: 'etcdserver: request timed out' });
  });
});

describe('requests', () => {
  it('takes numbers below zero for not set', () => {
    const request = etcdserverpb.RangeRequest.fromPartial({ key: Buffer.from('k'), limit: -1, revision: -7 });
    expect(rangeRequest(request)).toMatchObject({ limit: 0, revision: 0 });
  });

  it.each([
    [{ key: new Uint8Array(0) }, 'etcdserver: key is not provided'],
    [{ ignoreValue: true, value: Buffer.from('x') }, 'etcdserver: value is provided'],
    [{ ignoreLease: true, lease: '5' }, 'etcdserver: lease is provided'],
  ])('refuses the put %j', (fields, message) => {
    expect(() => put(etcdserverpb.PutRequest.fromPartial({ key: Buffer.from('k'), ...fields }))).toThrow(message);
  });

  it('keeps a comparison’s target, result and operand', () => {
    const { Compare_CompareTarget: Target, Compare_CompareResult: Result } = etcdserverpb;
    const compare = [
      {
        key: Buffer.from('a'),
        target: Target.MOD,
        result: Result.LESS,
        targetUnion: { $case: 'modRevision' as const, value: 7 },
      },
      {
        key: Buffer.from('b'),
        target: Target.LEASE,
        targetUnion: { $case: 'lease' as const, value: '9223372036854775807' },
      },
      { key: Buffer.from('c') },
    ];
    expect(txn(etcdserverpb.TxnRequest.fromPartial({ compare })).compare).toMatchObject([
      { target: storagev1.Compare_Target.TARGET_MOD_REVISION, result: storagev1.Compare_Result.RESULT_LESS, number: 7 },
      { target: storagev1.Compare_Target.TARGET_LEASE, lease: '9223372036854775807' },
      { target: storagev1.Compare_Target.TARGET_VERSION, result: storagev1.Compare_Result.RESULT_EQUAL, number: 0 },
    ]);
  });
});

describe('identifiers', () => {
  it('are the same for the same name, and 64 bits', () => {
    expect(identifierOf('storage-1')).toBe(identifierOf('storage-1'));
    expect(identifierOf('storage-1')).not.toBe(identifierOf('storage-2'));
    expect(BigInt(identifierOf('storage-1'))).toBeLessThan(2n ** 64n);
  });

  it('of leases are positive and 63 bits', () => {
    const random = new SeededRandom(1);
    for (let at = 0; at < 1_000; at++) {
      const id = BigInt(anyLeaseId(random));
      expect(id > 0n && id < 2n ** 63n).toBe(true);
    }
  });
});
