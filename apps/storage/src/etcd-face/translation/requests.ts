import { GrpcCode, GrpcError } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';

const { Compare_CompareTarget: EtcdTarget, Compare_CompareResult: EtcdResult } = etcdserverpb;
const { Compare_Target: Target, Compare_Result: Result } = storagev1;

/** etcd's requests as storage's. What etcd refuses before it looks at the state is refused here, with the same texts. */
export function rangeRequest(request: etcdserverpb.RangeRequest): storagev1.RangeRequest {
  mustHaveKey(request.key);
  return {
    ...request,
    limit: notNegative(request.limit),
    revision: notNegative(request.revision),
    sortOrder: request.sortOrder as number,
    sortTarget: request.sortTarget as number,
    minModRevision: notNegative(request.minModRevision),
    maxModRevision: notNegative(request.maxModRevision),
    minCreateRevision: notNegative(request.minCreateRevision),
    maxCreateRevision: notNegative(request.maxCreateRevision),
  };
}

export function put(request: etcdserverpb.PutRequest): storagev1.Put {
  mustHaveKey(request.key);
  if (request.ignoreValue && request.value.length > 0) throw invalid('etcdserver: value is provided');
  if (request.ignoreLease && request.lease !== '0') throw invalid('etcdserver: lease is provided');
  return request;
}

export function deleteRange(request: etcdserverpb.DeleteRangeRequest): storagev1.DeleteRange {
  mustHaveKey(request.key);
  return request;
}

export function txn({ compare, success, failure }: etcdserverpb.TxnRequest): storagev1.TxnRequest {
  return { compare: compare.map(comparison), success: success.map(operation), failure: failure.map(operation) };
}

function operation({ request }: etcdserverpb.RequestOp): storagev1.Operation {
  switch (request?.$case) {
    case 'requestRange':
      return { operation: { $case: 'range', value: rangeRequest(request.value) } };
    case 'requestPut':
      return { operation: { $case: 'put', value: put(request.value) } };
    case 'requestDeleteRange':
      return { operation: { $case: 'deleteRange', value: deleteRange(request.value) } };
    case 'requestTxn':
      return { operation: { $case: 'txn', value: txn(request.value) } };
    case undefined:
      // etcd takes an empty operation for one whose key is missing.
      throw invalid('etcdserver: key not found');
    default:
      return request satisfies never;
  }
}

function comparison({ key, rangeEnd, target, result, targetUnion }: etcdserverpb.Compare): storagev1.Compare {
  mustHaveKey(key);
  const compare = {
    key,
    rangeEnd,
    target: targetOf(target),
    result: resultOf(result),
    number: 0,
    value: NO_BYTES,
    lease: '0',
  };
  switch (targetUnion?.$case) {
    case 'version':
    case 'createRevision':
    case 'modRevision':
      return { ...compare, number: targetUnion.value };
    case 'value':
      return { ...compare, value: targetUnion.value };
    case 'lease':
      return { ...compare, lease: targetUnion.value };
    case undefined:
      return compare;
    default:
      return targetUnion satisfies never;
  }
}

function targetOf(target: etcdserverpb.Compare_CompareTarget): storagev1.Compare_Target {
  switch (target) {
    case EtcdTarget.VERSION:
      return Target.TARGET_VERSION;
    case EtcdTarget.CREATE:
      return Target.TARGET_CREATE_REVISION;
    case EtcdTarget.MOD:
      return Target.TARGET_MOD_REVISION;
    case EtcdTarget.VALUE:
      return Target.TARGET_VALUE;
    case EtcdTarget.LEASE:
      return Target.TARGET_LEASE;
    default:
      return target satisfies never;
  }
}

function resultOf(result: etcdserverpb.Compare_CompareResult): storagev1.Compare_Result {
  switch (result) {
    case EtcdResult.EQUAL:
      return Result.RESULT_EQUAL;
    case EtcdResult.GREATER:
      return Result.RESULT_GREATER;
    case EtcdResult.LESS:
      return Result.RESULT_LESS;
    case EtcdResult.NOT_EQUAL:
      return Result.RESULT_NOT_EQUAL;
    default:
      return result satisfies never;
  }
}

function mustHaveKey(key: Uint8Array): void {
  if (key.length === 0) throw invalid('etcdserver: key is not provided');
}

/** etcd takes what is below 0 for "not set". */
function notNegative(value: number): number {
  return Math.max(0, value);
}

function invalid(message: string): GrpcError {
  return new GrpcError(GrpcCode.invalidArgument, message);
}

const NO_BYTES = new Uint8Array(0);
