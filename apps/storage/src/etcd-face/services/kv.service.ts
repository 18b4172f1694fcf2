import type { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import { decodePut } from '../../state-machine/put-request.ts';
import type { MemberRequests } from '../member-requests.ts';
import { deleteRangeResponse, putResponse, txnResponse } from '../translation/answers.ts';
import { type FoundRange, rangeResponseEncoder } from '../translation/range-response-encoder.ts';
import { deleteRange, put, rangeRequest, txn } from '../translation/requests.ts';
import { type Methods, unary } from './method.ts';

/** Bytes of a change: etcd's default. */
const CHANGE_BYTES_MAX = 1.5 * 1024 * 1024;

export function kvService(requests: MemberRequests): Methods {
  const service = new KvService(requests);
  const path = '/etcdserverpb.KV';
  const pb = etcdserverpb;
  return [
    unary(`${path}/Range`, pb.RangeRequest, rangeResponseEncoder, (request) => service.range(request)),
    unary(`${path}/Put`, { decode: decodePut }, pb.PutResponse, (request) => service.put(request), CHANGE_BYTES_MAX),
    unary(`${path}/DeleteRange`, pb.DeleteRangeRequest, pb.DeleteRangeResponse, (request) =>
      service.deleteRange(request),
    ),
    unary(`${path}/Txn`, pb.TxnRequest, pb.TxnResponse, (request) => service.txn(request), CHANGE_BYTES_MAX),
    unary(`${path}/Compact`, pb.CompactionRequest, pb.CompactionResponse, (request) => service.compact(request)),
  ];
}

class KvService {
  constructor(private readonly requests: MemberRequests) {}

  async range(request: etcdserverpb.RangeRequest): Promise<FoundRange> {
    const { value: range, header } = await this.requests.ask({ $case: 'range', value: rangeRequest(request) });
    return { range, header };
  }

  async put(request: etcdserverpb.PutRequest): Promise<etcdserverpb.PutResponse> {
    const { result, header } = await this.#change({ $case: 'put', value: put(request) });
    if (result?.$case !== 'put') throw new Error(`a put was answered by ${result?.$case}`);
    return putResponse(result.value, header);
  }

  async deleteRange(request: etcdserverpb.DeleteRangeRequest): Promise<etcdserverpb.DeleteRangeResponse> {
    const { result, header } = await this.#change({ $case: 'deleteRange', value: deleteRange(request) });
    if (result?.$case !== 'deleteRange') throw new Error(`a deletion was answered by ${result?.$case}`);
    return deleteRangeResponse(result.value, header);
  }

  async txn(request: etcdserverpb.TxnRequest): Promise<etcdserverpb.TxnResponse> {
    const { value, header } = await this.requests.ask({ $case: 'txn', value: txn(request) });
    return txnResponse(value, { ...header, revision: value.revision });
  }

  /** `physical` needs no wait: what a compaction leaves behind in memory is given back without anybody's help. */
  async compact({ revision }: etcdserverpb.CompactionRequest): Promise<etcdserverpb.CompactionResponse> {
    const status = await this.requests.ask({ $case: 'status', value: {} });
    // To etcd revision 0 is a state like any other, once.
    if (revision === 0 && status.value.compactRevision === 0) return { header: status.header };
    const { header } = await this.requests.ask({ $case: 'compact', value: { revision: Math.max(0, revision) } });
    return { header };
  }

  /** A change by itself is a transaction of one operation. Clients take the header's revision for that of their change. */
  async #change(operation: storagev1.Operation['operation']) {
    const { value, header } = await this.requests.ask({
      $case: 'txn',
      value: { compare: [], success: [{ operation }], failure: [] },
    });
    return { result: value.results[0]?.result, header: { ...header, revision: value.revision } };
  }
}
