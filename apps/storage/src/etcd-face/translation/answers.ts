import type { storagev1 } from '@orrery/proto';
import type { etcdserverpb } from '@orrery/proto/etcd';

type Header = etcdserverpb.ResponseHeader;

/** Storage's answers as etcd's. */
export function rangeResponse(range: storagev1.RangeResponse, header: Header): etcdserverpb.RangeResponse {
  return { header, kvs: range.kvs, more: range.more, count: range.count };
}

export function putResponse({ previous }: storagev1.PutResult, header: Header): etcdserverpb.PutResponse {
  return { header, prevKv: previous };
}

export function deleteRangeResponse(
  result: storagev1.DeleteRangeResult,
  header: Header,
): etcdserverpb.DeleteRangeResponse {
  return { header, deleted: result.count, prevKvs: result.deleted };
}

export function txnResponse(txn: storagev1.TxnResponse, header: Header): etcdserverpb.TxnResponse {
  return { header, succeeded: txn.succeeded, responses: txn.results.map((result) => responseOp(result, txn.revision)) };
}

/** Answers inside a transaction say nothing in their headers but the revision. */
function responseOp({ result }: storagev1.OperationResult, revision: number): etcdserverpb.ResponseOp {
  const header = { clusterId: '0', memberId: '0', revision, raftTerm: 0 };
  switch (result?.$case) {
    case 'range':
      return { response: { $case: 'responseRange', value: rangeResponse(result.value, header) } };
    case 'put':
      return { response: { $case: 'responsePut', value: putResponse(result.value, header) } };
    case 'deleteRange':
      return { response: { $case: 'responseDeleteRange', value: deleteRangeResponse(result.value, header) } };
    case 'txn':
      return { response: { $case: 'responseTxn', value: txnResponse(result.value, header) } };
    case undefined:
      return { response: undefined };
    default:
      return result satisfies never;
  }
}
