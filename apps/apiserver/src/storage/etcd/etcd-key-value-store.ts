import { etcdserverpb, type mvccpb } from '@orrery/proto/etcd';
import type { StorageMetrics } from '../../metrics/storage-metrics.ts';
import { endOfPrefix } from '../key-range.ts';
import type { KeyValueStore, LeaseId, Page, PageRequest, StoredValue, WriteOutcome } from '../key-value-store.ts';
import { type EtcdConnection, revisionOf } from './etcd-connection.ts';
import type { ConditionalWrite } from './etcd-write.ts';
import type { ExactlyOnceWriter } from './exactly-once-writer.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** `KeyValueStore` on a cluster of etcd v3: any that speaks its gRPC API, also our own storage service. */
export class EtcdKeyValueStore implements KeyValueStore {
  /** etcd deletes all keys of a lease at one revision, and the registry log has one object a revision. */
  readonly keysPerLease = 'one';

  /** `prefix`: before all keys in etcd; nobody else sees it. */
  constructor(
    private readonly connection: EtcdConnection,
    private readonly writer: ExactlyOnceWriter,
    private readonly prefix: string,
    private readonly metrics: StorageMetrics,
  ) {}

  async currentRevision(): Promise<number> {
    const request = { key: this.keyOf('/registry-revision'), keysOnly: true, limit: 1 };
    return revisionOf(await this.range('getCurrentResourceVersion', '', request));
  }

  async get(key: string): Promise<{ revision: number; stored: StoredValue | undefined }> {
    const answer = await this.range('get', key, { key: this.keyOf(key) });
    const [kv] = answer.kvs;
    return { revision: revisionOf(answer), stored: kv && this.storedValue(kv) };
  }

  async page({ prefix, from = prefix, limit, revision = 0 }: PageRequest): Promise<Page> {
    const answer = await this.range('list', prefix, {
      key: this.keyOf(from),
      rangeEnd: endOfPrefix(this.keyOf(prefix)),
      limit,
      revision,
    });
    const { kvs, more, count } = answer;
    const shown = revision > 0 ? revision : revisionOf(answer);
    return { revision: shown, items: kvs.map((kv) => this.storedValue(kv)), more, count };
  }

  create(key: string, value: Uint8Array, lease: LeaseId = '0'): Promise<WriteOutcome> {
    return this.write('create', key, 0, { kind: 'put', value, lease });
  }

  update(key: string, value: Uint8Array, modRevision: number, lease: LeaseId = '0'): Promise<WriteOutcome> {
    return this.write('update', key, modRevision, { kind: 'put', value, lease });
  }

  delete(key: string, modRevision: number): Promise<WriteOutcome> {
    return this.write('delete', key, modRevision, { kind: 'delete' });
  }

  /** A grant whose answer was lost leaves a lease without keys behind, which ends by itself. */
  async grantLease(ttlSeconds: number): Promise<LeaseId> {
    const { ID } = await this.connection.call(etcdserverpb.LeaseService.leaseGrant, { TTL: ttlSeconds, ID: '0' });
    return ID;
  }

  private range(
    operation: string,
    key: string,
    request: Partial<etcdserverpb.RangeRequest>,
  ): Promise<etcdserverpb.RangeResponse> {
    const value = etcdserverpb.RangeRequest.fromPartial(request);
    return this.metrics.timed(operation, key, () =>
      this.connection.call(etcdserverpb.KVService.range, value, value.revision),
    );
  }

  private async write(
    operation: string,
    key: string,
    modRevision: number,
    change: ConditionalWrite['change'],
  ): Promise<WriteOutcome> {
    const write = { key: this.keyOf(key), modRevision, change };
    const outcome = await this.metrics.timed(operation, key, () => this.writer.write(write));
    if (outcome.succeeded) return outcome;
    const { revision, current } = outcome;
    return { succeeded: false, revision, current: current && this.storedValue(current) };
  }

  private keyOf(key: string): Uint8Array {
    return encoder.encode(this.prefix + key);
  }

  private storedValue({ key, value, modRevision }: mvccpb.KeyValue): StoredValue {
    return { key: decoder.decode(key).slice(this.prefix.length), value, modRevision };
  }
}
