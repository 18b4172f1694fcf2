import { GrpcCode, GrpcError } from '@orrery/grpc';
import { keyBytes, keyText } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import type { etcdserverpb, mvccpb } from '@orrery/proto/etcd';
import type { MemberRequests } from '../member-requests.ts';

/** A place in the line behind a name: a key below it that lives as long as its lease. */
export interface Place {
  readonly name: string;
  readonly key: Uint8Array;
  /** Create revision of the key: who comes earlier stands in front. */
  readonly revision: number;
  readonly lease: string;
}

export interface WaitingLineParts {
  readonly requests: MemberRequests;
  /** Resolves when something below the prefix has changed since `revision`, or the signal aborts. */
  readonly changed: (prefix: Uint8Array, revision: number, signal: AbortSignal) => Promise<void>;
}

const { Compare_Target: Target, Compare_Result: Result, RangeRequest_SortTarget: SortTarget } = storagev1;

/**
 * What locks and elections of etcd's `concurrency` package have in common: whoever wants the name puts a key below it, `name/lease`, and the oldest key has
 * it. Clients that do the same by themselves stand in the same line.
 */
export class WaitingLine {
  constructor(private readonly parts: WaitingLineParts) {}

  /** Takes a place, or finds the one that the lease has already. */
  async join(name: Uint8Array, lease: string, value: Uint8Array): Promise<Place & { readonly isNew: boolean }> {
    const text = keyText(name);
    const key = keyBytes(`${text}/${BigInt(lease).toString(16)}`);
    const put = storagev1.Put.fromPartial({ key, value, lease });
    const { value: txn } = await this.parts.requests.ask({
      $case: 'txn',
      value: {
        compare: [
          storagev1.Compare.fromPartial({ key, target: Target.TARGET_CREATE_REVISION, result: Result.RESULT_EQUAL }),
        ],
        success: [{ operation: { $case: 'put', value: put } }],
        failure: [{ operation: { $case: 'range', value: storagev1.RangeRequest.fromPartial({ key }) } }],
      },
    });
    const there = txn.results[0]?.result;
    const revision = there?.$case === 'range' ? (there.value.kvs[0]?.createRevision ?? 0) : txn.revision;
    return { name: text, key, revision, lease, isNew: txn.succeeded };
  }

  /** Resolves when nobody stands in front. Who gives up leaves the line. */
  async untilFirst({ name, key, revision }: Place, signal: AbortSignal): Promise<etcdserverpb.ResponseHeader> {
    const prefix = keyBytes(`${name}/`);
    for (;;) {
      const { value, header } = await this.#below(prefix, { maxCreateRevision: revision - 1, limit: 1 });
      if (value.kvs.length === 0) return this.#stillThere(key, revision, header);
      await this.parts.changed(prefix, header.revision, signal);
      if (signal.aborted) {
        await this.leave({ key, revision });
        throw new GrpcError(GrpcCode.cancelled, 'context canceled');
      }
    }
  }

  /** Resolves when something in the line has changed since `revision`, or the signal aborts. */
  changed(name: Uint8Array, revision: number, signal: AbortSignal): Promise<void> {
    return this.parts.changed(keyBytes(`${keyText(name)}/`), revision, signal);
  }

  /** The key of whoever has the name. */
  async first(name: Uint8Array): Promise<{ kv: mvccpb.KeyValue | undefined; header: etcdserverpb.ResponseHeader }> {
    const { value, header } = await this.#below(keyBytes(`${keyText(name)}/`), {
      limit: 1,
      sortTarget: SortTarget.SORT_TARGET_CREATE,
    });
    return { kv: value.kvs[0], header };
  }

  /** Gives up the place, unless it is somebody else's by now. */
  async leave({ key, revision }: Pick<Place, 'key' | 'revision'>): Promise<etcdserverpb.ResponseHeader> {
    const deletion = storagev1.DeleteRange.fromPartial({ key });
    return (await this.whileMine({ key, revision }, { $case: 'deleteRange', value: deletion })).header;
  }

  /** Does something as long as the place is there. */
  async whileMine(
    { key, revision }: Pick<Place, 'key' | 'revision'>,
    operation: storagev1.Operation['operation'],
  ): Promise<{ succeeded: boolean; header: etcdserverpb.ResponseHeader }> {
    const { value, header } = await this.parts.requests.ask({
      $case: 'txn',
      value: {
        compare: [
          storagev1.Compare.fromPartial({
            key,
            target: Target.TARGET_CREATE_REVISION,
            result: Result.RESULT_EQUAL,
            number: revision,
          }),
        ],
        success: [{ operation }],
        failure: [],
      },
    });
    return { succeeded: value.succeeded, header: { ...header, revision: value.revision } };
  }

  /** The lease may have gone while its owner waited. */
  async #stillThere(key: Uint8Array, revision: number, header: etcdserverpb.ResponseHeader) {
    const { value } = await this.parts.requests.ask({
      $case: 'range',
      value: storagev1.RangeRequest.fromPartial({ key }),
    });
    if (value.kvs[0]?.createRevision === revision) return header;
    throw new GrpcError(GrpcCode.unknown, 'mutex: session is expired');
  }

  #below(prefix: Uint8Array, terms: Partial<storagev1.RangeRequest>) {
    const value = storagev1.RangeRequest.fromPartial({ key: prefix, rangeEnd: endOf(prefix), ...terms });
    return this.parts.requests.ask({ $case: 'range', value });
  }
}

/** The end of the range of all keys with this prefix, which ends with a slash. */
export function endOf(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  end[end.length - 1] = (end[end.length - 1] ?? 0) + 1;
  return end;
}
