import { type ChannelOptions, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { storagev1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import type { Random } from '@orrery/runtime';
import { type Asked, type AskOptions, NO_ANSWER, type Operation, type StorageAccess } from '@orrery/sim';

/** Members come back within a second, and a connection into a cut network must not count as one. */
export const channelOptions: ChannelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.min_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 250,
  'grpc.keepalive_time_ms': 2_000,
  'grpc.keepalive_timeout_ms': 1_000,
};

interface Clients {
  readonly kv: InstanceType<typeof etcdserverpb.KVClient>;
  readonly lease: InstanceType<typeof etcdserverpb.LeaseClient>;
}

/** Storage's requests through etcd's gRPC API. That API has no request ids: what got no answer is not asked again. */
export class EtcdAccess implements StorageAccess {
  readonly #clients: ReadonlyMap<string, Clients>;

  constructor(
    endpoints: ReadonlyMap<string, string>,
    private readonly random: Random,
  ) {
    const insecure = credentials.createInsecure();
    this.#clients = new Map(
      [...endpoints].map(([member, endpoint]) => {
        const kv = new etcdserverpb.KVClient(endpoint, insecure, channelOptions);
        return [member, { kv, lease: new etcdserverpb.LeaseClient(endpoint, insecure, channelOptions) }];
      }),
    );
  }

  async ask(operation: Operation, { member = this.#anyMember(), timeoutMs }: AskOptions): Promise<Asked> {
    const clients = this.#clients.get(member);
    if (clients === undefined) throw new Error(`there is no member ${member}`);
    try {
      return { ...(await this.#ask(clients, operation, Date.now() + timeoutMs)), member };
    } catch (error) {
      if (!isServiceError(error)) throw error;
      return NO_ANSWER;
    }
  }

  close(): void {
    for (const { kv, lease } of this.#clients.values()) {
      kv.close();
      lease.close();
    }
  }

  async #ask({ kv, lease }: Clients, operation: Operation, deadline: number): Promise<Omit<Asked, 'member'>> {
    const pb = etcdserverpb;
    switch (operation.$case) {
      case 'range': {
        const { sortOrder, sortTarget, ...range } = storagev1.RangeRequest.fromPartial(operation.value);
        const request = pb.RangeRequest.fromPartial(range);
        const { header, kvs, more, count } = await answer<etcdserverpb.RangeResponse>((done) =>
          kv.range(request, ...withDeadline(deadline), done),
        );
        const revision = revisionOf(header);
        const value = storagev1.RangeResponse.fromPartial({ kvs, more, count, revision });
        return { revision, result: { $case: 'range', value } };
      }
      case 'txn': {
        const request = txnRequest(storagev1.TxnRequest.fromPartial(operation.value));
        const told = await answer<etcdserverpb.TxnResponse>((done) => kv.txn(request, ...withDeadline(deadline), done));
        const revision = revisionOf(told.header);
        const results = told.responses.map(operationResult);
        return { revision, result: { $case: 'txn', value: { succeeded: told.succeeded, results, revision } } };
      }
      case 'leaseGrant': {
        const { id, ttlSeconds } = storagev1.LeaseGrantRequest.fromPartial(operation.value);
        const request = pb.LeaseGrantRequest.fromPartial({ ID: id, TTL: ttlSeconds });
        const { header, ID, TTL } = await answer<etcdserverpb.LeaseGrantResponse>((done) =>
          lease.leaseGrant(request, ...withDeadline(deadline), done),
        );
        return { revision: revisionOf(header), result: { $case: 'leaseGrant', value: { id: ID, ttlSeconds: TTL } } };
      }
      case 'leaseRevoke': {
        const request = pb.LeaseRevokeRequest.fromPartial({ ID: operation.value.id });
        const { header } = await answer<etcdserverpb.LeaseRevokeResponse>((done) =>
          lease.leaseRevoke(request, ...withDeadline(deadline), done),
        );
        return { revision: revisionOf(header), result: { $case: 'leaseRevoke', value: {} } };
      }
      case 'leaseKeepAlive': {
        const calls = lease.leaseKeepAlive({ deadline });
        calls.write(pb.LeaseKeepAliveRequest.fromPartial({ ID: operation.value.id }));
        try {
          for await (const { header, TTL } of calls as AsyncIterable<etcdserverpb.LeaseKeepAliveResponse>) {
            const value = { ttlSeconds: TTL };
            return { revision: revisionOf(header), result: { $case: 'leaseKeepAlive', value } };
          }
          return { revision: 0, result: undefined };
        } finally {
          calls.on('error', () => {});
          calls.cancel();
        }
      }
      default:
        throw new Error(`${operation.$case} is not asked through etcd's API here`);
    }
  }

  #anyMember(): string {
    const names = [...this.#clients.keys()];
    return names[this.random.integer(names.length)] ?? '';
  }
}

type Done<Answer> = (error: ServiceError | null, answer: Answer) => void;

/** The answer of one call. Rejects with the call's `ServiceError`. */
export function answer<Answer>(call: (done: Done<Answer>) => unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error === null ? resolve(value) : reject(error)));
  });
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error;
}

function withDeadline(deadline: number): [Metadata, { deadline: number }] {
  return [new Metadata(), { deadline }];
}

function revisionOf(header: etcdserverpb.ResponseHeader | undefined): number {
  return header?.revision ?? 0;
}

/** Only what this campaign's clients ask for: comparisons of versions, puts and deletions of single keys. */
function txnRequest({ compare, success }: storagev1.TxnRequest): etcdserverpb.TxnRequest {
  const { Compare_CompareResult: Result, Compare_CompareTarget: Target } = etcdserverpb;
  return etcdserverpb.TxnRequest.fromPartial({
    compare: compare.map(({ key, number }) => ({
      key,
      target: Target.VERSION,
      result: Result.EQUAL,
      targetUnion: { $case: 'version' as const, value: number },
    })),
    success: success.map(({ operation }) => {
      if (operation?.$case === 'put') return { request: { $case: 'requestPut' as const, value: operation.value } };
      if (operation?.$case !== 'deleteRange') throw new Error(`${operation?.$case} in a transaction`);
      return { request: { $case: 'requestDeleteRange' as const, value: operation.value } };
    }),
  });
}

function operationResult({ response }: etcdserverpb.ResponseOp): storagev1.OperationResult {
  if (response?.$case === 'responsePut') {
    return { result: { $case: 'put', value: storagev1.PutResult.fromPartial({ previous: response.value.prevKv }) } };
  }
  if (response?.$case !== 'responseDeleteRange') throw new Error(`${response?.$case} in a transaction's answer`);
  const { deleted: count, prevKvs: deleted } = response.value;
  const value = storagev1.DeleteRangeResult.fromPartial({ count, deleted });
  return { result: { $case: 'deleteRange', value } };
}
