import { raftv1 } from '@orrery/proto';
import type { MemberState } from '../member-state.ts';
import { incarnationOf } from '../membership/incarnations.ts';
import { decodeRound, encodeRound, ReadQueue } from './read-queue.ts';

/** The leader's side of linearizable reads by read index (6.4). Such a read costs a round of heartbeats and nothing on disk. */
export class ReadIndex {
  readonly #queue = new ReadQueue();
  /** Reads that came before the leader's first own commit (6.4, step 1). */
  #early: { readonly from: string; readonly context: Uint8Array }[] = [];

  constructor(private readonly me: MemberState) {}

  /** What heartbeats carry, so that their answers confirm reads. */
  get context(): Uint8Array {
    return encodeRound(this.#queue.round);
  }

  /** Must heartbeats go out for the reads of this turn? */
  closeRound(): boolean {
    return this.#queue.closeRound();
  }

  /** More than the limit allows are dropped: who asks gets no answer, and asks again. */
  accept(from: string, context: Uint8Array, knowsCommit: boolean): void {
    if (this.#queue.size + this.#early.length >= this.me.limits.waitingReadsMax) return;
    if (!knowsCommit) {
      this.#early.push({ from, context });
      return;
    }
    this.#queue.add(from, context, this.me.log.committed);
    this.#answerConfirmed();
  }

  /** The leader has committed an entry of its term: now it knows the commit index. */
  commitIsKnown(): void {
    for (const { from, context } of this.#early.splice(0)) this.accept(from, context, true);
  }

  onHeartbeatResponse(from: string, context: Uint8Array): void {
    this.#queue.answered(from, decodeRound(context));
    this.#answerConfirmed();
  }

  #send(to: string, context: Uint8Array, logIndex: number): void {
    const toIncarnation = incarnationOf(this.me.configuration, to) ?? 0;
    this.me.send({ type: raftv1.Message_Type.TYPE_READ_INDEX_RESPONSE, to, toIncarnation, context, logIndex });
  }

  #answerConfirmed(): void {
    const { id, configuration } = this.me;
    for (const { from, context, index } of this.#queue.takeConfirmed(configuration.voters, id)) {
      if (from === id) this.me.reads.push({ context, index });
      else this.#send(from, context, index);
    }
  }
}
