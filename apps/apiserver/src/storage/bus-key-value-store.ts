import { storagev1 } from '@orrery/proto';
import type { StorageMetrics } from '../metrics/storage-metrics.ts';
import { endOfPrefix } from './key-range.ts';
import type { KeyValueStore, LeaseId, Page, PageRequest, StoredValue, WriteOutcome } from './key-value-store.ts';
import type { StorageConnection } from './storage-connection.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Never written: reading it costs storage nothing but the read index. */
const revisionProbeKey = encoder.encode('/registry-revision');

/** `KeyValueStore` on our own storage service, over the bus. */
export class BusKeyValueStore implements KeyValueStore {
  readonly keysPerLease = 'many';

  constructor(
    private readonly connection: StorageConnection,
    private readonly metrics: StorageMetrics,
  ) {}

  async currentRevision(): Promise<number> {
    const { value } = await this.range('getCurrentResourceVersion', '', {
      key: revisionProbeKey,
      keysOnly: true,
      limit: 1,
    });
    return value.revision;
  }

  async get(key: string): Promise<{ revision: number; stored: StoredValue | undefined }> {
    const { value } = await this.range('get', key, { key: encoder.encode(key) });
    return { revision: value.revision, stored: storedValue(value.kvs[0]) };
  }

  async page(request: PageRequest): Promise<Page> {
    const { value } = await this.range('list', request.prefix, {
      key: encoder.encode(request.from ?? request.prefix),
      rangeEnd: endOfPrefix(encoder.encode(request.prefix)),
      limit: request.limit,
      revision: request.revision ?? 0,
    });
    const items = value.kvs.map((kv) => storedValue(kv)).filter((item) => item !== undefined);
    return { revision: value.revision, items, more: value.more, count: value.count };
  }

  create(key: string, value: Uint8Array, lease: LeaseId = '0'): Promise<WriteOutcome> {
    return this.write('create', key, 0, {
      $case: 'put',
      value: storagev1.Put.fromPartial({ key: encoder.encode(key), value, lease }),
    });
  }

  update(key: string, value: Uint8Array, modRevision: number, lease: LeaseId = '0'): Promise<WriteOutcome> {
    return this.write('update', key, modRevision, {
      $case: 'put',
      value: storagev1.Put.fromPartial({ key: encoder.encode(key), value, lease }),
    });
  }

  delete(key: string, modRevision: number): Promise<WriteOutcome> {
    const deletion = storagev1.DeleteRange.fromPartial({ key: encoder.encode(key) });
    return this.write('delete', key, modRevision, { $case: 'deleteRange', value: deletion });
  }

  async grantLease(ttlSeconds: number): Promise<LeaseId> {
    const { value } = await this.connection.call({ $case: 'leaseGrant', value: { id: '0', ttlSeconds } }, 'leaseGrant');
    return value.id;
  }

  private range(operation: string, key: string, request: Partial<storagev1.RangeRequest>) {
    const value = storagev1.RangeRequest.fromPartial(request);
    return this.metrics.timed(operation, key, () => this.connection.call({ $case: 'range', value }, 'range'));
  }

  private async write(
    name: string,
    key: string,
    modRevision: number,
    operation: NonNullable<storagev1.Operation['operation']>,
  ): Promise<WriteOutcome> {
    const keyBytes = encoder.encode(key);
    const transaction: storagev1.TxnRequest = {
      compare: [
        storagev1.Compare.fromPartial({
          key: keyBytes,
          target: storagev1.Compare_Target.TARGET_MOD_REVISION,
          result: storagev1.Compare_Result.RESULT_EQUAL,
          number: modRevision,
        }),
      ],
      success: [{ operation }],
      failure: [{ operation: { $case: 'range', value: storagev1.RangeRequest.fromPartial({ key: keyBytes }) } }],
    };
    const { value } = await this.metrics.timed(name, key, () =>
      this.connection.call({ $case: 'txn', value: transaction }, 'txn'),
    );
    if (value.succeeded) return { succeeded: true, revision: value.revision };
    const found = value.results[0]?.result;
    const current = found?.$case === 'range' ? storedValue(found.value.kvs[0]) : undefined;
    return { succeeded: false, revision: value.revision, current };
  }
}

function storedValue(kv: storagev1.KeyValue | undefined): StoredValue | undefined {
  if (kv === undefined) return undefined;
  return { key: decoder.decode(kv.key), value: kv.value, modRevision: kv.modRevision };
}
