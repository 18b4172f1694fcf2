import { etcdserverpb } from '@orrery/proto/etcd';

/** What is to be done to a key. `lease`: decimal; `'0'`: none. */
export type KeyChange =
  | { readonly kind: 'put'; readonly value: Uint8Array; readonly lease: string }
  | { readonly kind: 'delete' };

/** A change of one key, made only where the key was last changed at `modRevision`; 0: where it does not exist. */
export interface ConditionalWrite {
  readonly key: Uint8Array;
  readonly modRevision: number;
  readonly change: KeyChange;
}

const { Compare_CompareResult: Result, Compare_CompareTarget: Target } = etcdserverpb;

/** The write as a transaction that also demands that the fence stands at `fenceVersion`; where it fails it reads the key, then the fence. */
export function fencedTransaction(
  { key, modRevision, change }: ConditionalWrite,
  fenceKey: Uint8Array,
  fenceVersion: number,
): etcdserverpb.TxnRequest {
  return {
    compare: [
      compare(key, Target.MOD, { $case: 'modRevision', value: modRevision }),
      compare(fenceKey, Target.VERSION, { $case: 'version', value: fenceVersion }),
    ],
    success: [{ request: operation(key, change) }],
    failure: [readKey(key), readKey(fenceKey)],
  };
}

/** Moves the fence and reads its new version. */
export function fenceMove(fenceKey: Uint8Array): etcdserverpb.TxnRequest {
  const value = etcdserverpb.PutRequest.fromPartial({ key: fenceKey });
  return { compare: [], success: [{ request: { $case: 'requestPut', value } }, readKey(fenceKey)], failure: [] };
}

function operation(key: Uint8Array, change: KeyChange): NonNullable<etcdserverpb.RequestOp['request']> {
  switch (change.kind) {
    case 'put': {
      const { value, lease } = change;
      return { $case: 'requestPut', value: etcdserverpb.PutRequest.fromPartial({ key, value, lease }) };
    }
    case 'delete':
      return { $case: 'requestDeleteRange', value: etcdserverpb.DeleteRangeRequest.fromPartial({ key }) };
    default:
      return change satisfies never;
  }
}

function compare(
  key: Uint8Array,
  target: etcdserverpb.Compare_CompareTarget,
  targetUnion: etcdserverpb.Compare['targetUnion'],
): etcdserverpb.Compare {
  return { key, target, result: Result.EQUAL, targetUnion, rangeEnd: new Uint8Array(0) };
}

function readKey(key: Uint8Array): etcdserverpb.RequestOp {
  return { request: { $case: 'requestRange', value: etcdserverpb.RangeRequest.fromPartial({ key }) } };
}
