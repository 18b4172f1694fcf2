import type { CatchUp } from '../membership/catch-up.ts';
import { NEWCOMER } from '../membership/incarnations.ts';
import type { SnapshotSending } from '../snapshot/snapshot-sending.ts';
import type { InflightWindow } from './inflight-window.ts';

/**
 * What a leader knows of one follower's log.
 *
 * - `probe`: the leader looks for the point where the logs agree, one message at a time.
 * - `replicate`: it is known; messages are sent ahead without waiting for answers, as many as the window allows (10.2.1).
 * - `snapshot`: what the follower needs next is not in the log any more; it gets a snapshot and no entries (chapter 5).
 *
 * Invariant: match < next.
 */
export class Progress {
  #state: 'probe' | 'replicate' | 'snapshot' = 'probe';
  /** Known to be on the follower's disk. */
  match = 0;
  /** Which life of the name this is; `NEWCOMER`: not known yet. `undefined`: one of the first members, or members have none. */
  incarnation: number | undefined;
  /** Last commit index that was sent. */
  commitSent = 0;
  /** Has the follower been heard of since the last check of the quorum? */
  recentActive = false;
  /** And between the two checks before? */
  #activeBefore = false;
  /** Ticks since the follower was removed from the configuration; it is told so, for a while. */
  leavingTicks: number | undefined;
  /** Probing: a message is under way. */
  #probeSent = false;
  #sending: SnapshotSending | undefined;

  constructor(
    /** Index of the next entry to send. */
    public next: number,
    readonly inflight: InflightWindow,
    readonly catchUp: CatchUp,
    /** Index of the log's last entry when the member was added, or the leader's term began. */
    readonly since = 0,
  ) {}

  /** Was it heard of in the last one or two election timeouts? */
  get isActive(): boolean {
    return this.recentActive || this.#activeBefore;
  }

  /** The next time of the quorum's check begins. */
  beginCheck(): void {
    this.#activeBefore = this.recentActive;
    this.recentActive = false;
  }

  get state(): 'probe' | 'replicate' | 'snapshot' {
    return this.#state;
  }

  /** There exactly in state `snapshot`. */
  get sending(): SnapshotSending | undefined {
    return this.#sending;
  }

  /** Nobody knows yet who it is: it is greeted, and gets nothing. */
  get isNewcomer(): boolean {
    return this.incarnation === NEWCOMER;
  }

  /** May nothing be sent until something is heard? */
  get paused(): boolean {
    if (this.#state === 'probe') return this.#probeSent;
    return this.#state === 'snapshot' || this.inflight.isFull;
  }

  sent(lastIndex: number, bytes: number): void {
    if (this.#state === 'probe') {
      this.#probeSent = true;
      return;
    }
    if (lastIndex < this.next) return;
    this.inflight.add(lastIndex, bytes);
    this.next = lastIndex + 1;
  }

  /** The follower has everything up to `index`. */
  accepted(index: number): void {
    this.match = Math.max(this.match, index);
    this.next = Math.max(this.next, this.match + 1);
    this.inflight.freeTo(index);
    const hasSnapshot = this.#sending !== undefined && this.match >= this.#sending.snapshot.index;
    if (this.#state === 'probe' || hasSnapshot) this.#become('replicate');
  }

  /** The follower refused entries after `index`; `hint` is where the logs may agree. Stale refusals change nothing. */
  rejected(index: number, hint: number): void {
    if (index <= this.match || this.#state === 'snapshot') return;
    if (this.#state === 'probe' && this.next - 1 !== index) return;
    this.next = Math.max(Math.min(index, hint + 1), this.match + 1);
    this.#become('probe');
  }

  /** The follower is alive: what was lost on the way may be sent again. */
  heard(): void {
    this.recentActive = true;
    this.#probeSent = false;
    if (this.inflight.isFull) this.inflight.freeFirst();
  }

  beginSnapshot(sending: SnapshotSending): void {
    this.#become('snapshot');
    this.#sending = sending;
  }

  /** The snapshot cannot be sent, or helps no more: the follower is asked again what it has. */
  abortSnapshot(): void {
    this.next = this.match + 1;
    this.#become('probe');
  }

  #become(state: 'probe' | 'replicate' | 'snapshot'): void {
    this.#state = state;
    this.#probeSent = false;
    this.#sending = undefined;
    this.inflight.clear();
    if (state === 'replicate') this.next = this.match + 1;
  }
}
