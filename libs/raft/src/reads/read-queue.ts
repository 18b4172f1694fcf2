import { majorityValue } from '../quorum/quorum.ts';

/** A read request at the leader. `from` is the member that asked. */
export interface PendingRead {
  readonly from: string;
  readonly context: Uint8Array;
  /** Commit index when the request came: what the reader must have applied. */
  readonly index: number;
  /** Heartbeat round that confirms the leadership for it. */
  readonly round: number;
}

/**
 * Read requests that wait until a majority has confirmed the leadership (6.4). Requests of one turn share one round of
 * heartbeats; a later round confirms all earlier ones.
 */
export class ReadQueue {
  #round = 0;
  #roundIsOpen = false;
  #pending: PendingRead[] = [];
  /** Newest round that each member has answered. */
  readonly #answered = new Map<string, number>();

  /** Round that heartbeats carry. */
  get round(): number {
    return this.#round;
  }
  get size(): number {
    return this.#pending.length;
  }

  add(from: string, context: Uint8Array, index: number): void {
    if (!this.#roundIsOpen) {
      this.#round++;
      this.#roundIsOpen = true;
    }
    this.#pending.push({ from, context, index, round: this.#round });
  }

  /** Is there a round whose heartbeats have not been sent? Closes it. */
  closeRound(): boolean {
    const wasOpen = this.#roundIsOpen;
    this.#roundIsOpen = false;
    return wasOpen;
  }

  answered(member: string, round: number): void {
    this.#answered.set(member, Math.max(round, this.#answered.get(member) ?? 0));
  }

  /** Takes the requests that a majority of the voters has confirmed. `leader` agrees with itself. */
  takeConfirmed(voters: readonly string[], leader: string): PendingRead[] {
    const confirmed = majorityValue(voters, (voter) =>
      voter === leader ? Number.POSITIVE_INFINITY : (this.#answered.get(voter) ?? 0),
    );
    const open = this.#pending.findIndex((read) => read.round > confirmed);
    return this.#pending.splice(0, open < 0 ? this.#pending.length : open);
  }
}

/** A round as heartbeats carry it. */
export function encodeRound(round: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, round);
  return bytes;
}

export function decodeRound(bytes: Uint8Array): number {
  return bytes.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0) : 0;
}
