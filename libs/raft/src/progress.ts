/**
 * What a leader knows of one follower's log.
 *
 * - `probe`: the leader looks for the point where the logs agree, one message at a time.
 * - `replicate`: it is known; messages are sent ahead without waiting for answers, at most `inflightMax` of them.
 *
 * Invariant: match < next.
 */
export class Progress {
  state: 'probe' | 'replicate' = 'probe';
  /** Known to be on the follower's disk. */
  match = 0;
  /** Last commit index that was sent. */
  commitSent = 0;
  /** Has the follower been heard of since the last check of the quorum? */
  recentActive = false;
  /** Probing: a message is under way. */
  #probeSent = false;
  /** Replicating: last index of each message under way, ascending. */
  #inflight: number[] = [];

  constructor(
    /** Index of the next entry to send. */
    public next: number,
    private readonly inflightMax: number,
  ) {}

  get paused(): boolean {
    return this.state === 'probe' ? this.#probeSent : this.#inflight.length >= this.inflightMax;
  }

  sent(lastIndex: number): void {
    if (this.state === 'probe') {
      this.#probeSent = true;
      return;
    }
    if (lastIndex < this.next) return;
    this.#inflight.push(lastIndex);
    this.next = lastIndex + 1;
  }

  /** The follower has everything up to `index`. */
  accepted(index: number): void {
    this.match = Math.max(this.match, index);
    this.next = Math.max(this.next, this.match + 1);
    const open = this.#inflight.findIndex((last) => last > index);
    this.#inflight = open < 0 ? [] : this.#inflight.slice(open);
    if (this.state === 'probe') this.#become('replicate');
  }

  /** The follower refused entries after `index`; `hint` is where the logs may agree. Stale refusals change nothing. */
  rejected(index: number, hint: number): void {
    if (index <= this.match) return;
    if (this.state === 'probe' && this.next - 1 !== index) return;
    this.next = Math.max(Math.min(index, hint + 1), this.match + 1);
    this.#become('probe');
  }

  /** The follower is alive: what was lost on the way may be sent again. */
  heard(): void {
    this.recentActive = true;
    this.#probeSent = false;
    if (this.#inflight.length >= this.inflightMax) this.#inflight.shift();
  }

  #become(state: 'probe' | 'replicate'): void {
    this.state = state;
    this.#probeSent = false;
    this.#inflight = [];
    if (state === 'replicate') this.next = this.match + 1;
  }
}
