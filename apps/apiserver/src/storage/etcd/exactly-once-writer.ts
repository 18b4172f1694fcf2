import { etcdserverpb, mvccpb } from '@orrery/proto/etcd';
import type { Timers } from '@orrery/runtime';
import { keyAfter } from '../key-range.ts';
import { StorageUnavailableError } from '../storage-errors.ts';
import { EtcdCallError } from './etcd-client.driver.ts';
import { attemptTimeoutMs, type EtcdConnection, type Patience, revisionOf } from './etcd-connection.ts';
import { GrpcCode } from './etcd-failure.ts';
import { type ConditionalWrite, fencedTransaction, fenceMove } from './etcd-write.ts';

/** `current`: what stands at the key instead. */
export type EtcdWriteOutcome =
  | { readonly succeeded: true; readonly revision: number }
  | { readonly succeeded: false; readonly revision: number; readonly current: mvccpb.KeyValue | undefined };

const { txn } = etcdserverpb.KVService;

/**
 * Carries out conditional writes at most once, though etcd has no ids of requests and an answer may be lost while the request still travels.
 *
 * Every write demands, beside its own condition, that our *fence* stands where we left it: the version of a key that nobody else touches. After a lost
 * answer we move the fence, and nothing from before can happen any more. Then the key's history, from before the write up to the fence, tells whether it
 * did happen; where it did not, it is safe to try again. As long as no answer is lost the fence is never written.
 *
 * Two things cannot be told apart: our put from somebody else's of the very same bytes, which therefore counts as ours; and our deletion from somebody
 * else's, which is why that is answered as unknown (`StorageUnavailableError`).
 */
export class ExactlyOnceWriter {
  private fenceVersion = 0;

  /** `fenceKey`: unique to this writer. */
  constructor(
    private readonly connection: EtcdConnection,
    private readonly fenceKey: Uint8Array,
    private readonly timers: Timers,
  ) {}

  async write(write: ConditionalWrite): Promise<EtcdWriteOutcome> {
    const patience = this.connection.patience();
    for (;;) {
      const before = Math.max(this.connection.newestRevision, write.modRevision);
      const attempt = await this.connection.attempt(txn, fencedTransaction(write, this.fenceKey, this.fenceVersion));
      if (attempt.kind === 'answered') {
        const outcome = this.outcomeOf(write, attempt.answer);
        if (outcome !== undefined) return outcome;
        continue;
      }
      await patience.pause(attempt.reason);
      if (!attempt.maybeApplied) continue;
      const revision = await this.findOut(write, before, patience);
      if (revision !== undefined) return { succeeded: true, revision };
    }
  }

  /** `undefined`: only the fence was in the way, which stands elsewhere now. */
  private outcomeOf(write: ConditionalWrite, answer: etcdserverpb.TxnResponse): EtcdWriteOutcome | undefined {
    const revision = revisionOf(answer);
    if (answer.succeeded) return { succeeded: true, revision };
    const current = rangeAt(answer, 0);
    if ((current?.modRevision ?? 0) !== write.modRevision) return { succeeded: false, revision, current };
    this.fenceVersion = rangeAt(answer, 1)?.version ?? 0;
    return undefined;
  }

  /** At which revision a write happened whose answer was lost; `undefined`: it has not and will not. `before`: it did not happen up to there. */
  private async findOut(write: ConditionalWrite, before: number, patience: Patience): Promise<number | undefined> {
    const fence = await this.moveFence(patience);
    for (;;) {
      try {
        return writtenIn(write, await this.historyOf(write.key, before + 1, fence));
      } catch (error) {
        if (!(error instanceof EtcdCallError)) throw error;
        this.connection.client.moveOn(error.endpoint);
        await patience.pause(error.message);
      }
    }
  }

  /** The revision from which on nothing that was sent before can happen. */
  private async moveFence(patience: Patience): Promise<number> {
    for (;;) {
      const attempt = await this.connection.attempt(txn, fenceMove(this.fenceKey));
      if (attempt.kind === 'answered') {
        this.fenceVersion = Math.max(this.fenceVersion, rangeAt(attempt.answer, 1)?.version ?? 0);
        return revisionOf(attempt.answer);
      }
      await patience.pause(attempt.reason);
    }
  }

  /** What happened to the key from the revision `from` until the fence was moved at the revision `fence`. Throws `EtcdCallError`. */
  private async historyOf(key: Uint8Array, from: number, fence: number): Promise<mvccpb.Event[]> {
    const history: mvccpb.Event[] = [];
    const end = new AbortController();
    const timer = this.timers.after(attemptTimeoutMs, () => end.abort());
    try {
      for await (const response of this.connection.client.watch(this.window(key, from), end.signal)) {
        if (response.canceled)
          throw new StorageUnavailableError(`nobody remembers what happened: ${response.cancelReason}`);
        for (const event of response.events) {
          const at = event.kv;
          if (at === undefined) continue;
          if (sameBytes(at.key, key)) history.push(event);
          if (at.modRevision >= fence && sameBytes(at.key, this.fenceKey)) return history;
        }
      }
    } finally {
      timer.cancel();
      end.abort();
    }
    throw new EtcdCallError(
      this.connection.client.endpoint,
      GrpcCode.deadlineExceeded,
      'a watch did not come to its end in time',
    );
  }

  /** One watch over all between the key and the fence, because the order of events is certain only within a watch. */
  private window(key: Uint8Array, startRevision: number): Partial<etcdserverpb.WatchCreateRequest> {
    const [first, last] = Buffer.compare(key, this.fenceKey) < 0 ? [key, this.fenceKey] : [this.fenceKey, key];
    return { key: first, rangeEnd: keyAfter(last), startRevision, fragment: true };
  }
}

function writtenIn({ change }: ConditionalWrite, history: readonly mvccpb.Event[]): number | undefined {
  if (change.kind === 'put') {
    const { PUT } = mvccpb.Event_EventType;
    const ours = history.find(({ type, kv }) => type === PUT && kv !== undefined && sameBytes(kv.value, change.value));
    return ours?.kv?.modRevision;
  }
  if (history[0]?.type === mvccpb.Event_EventType.DELETE) {
    throw new StorageUnavailableError('the key was deleted while the answer was lost: by us or by somebody else');
  }
  return undefined;
}

function rangeAt({ responses }: etcdserverpb.TxnResponse, index: number): mvccpb.KeyValue | undefined {
  const response = responses[index]?.response;
  return response?.$case === 'responseRange' ? response.value.kvs[0] : undefined;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
