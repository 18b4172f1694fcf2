import type { raftv1 } from '@orrery/proto';
import type { SnapshotChunk } from '../ready.ts';

/**
 * A snapshot as it arrives at a follower, part after part in order. The shell has one part at a time; what comes meanwhile is dropped,
 * the leader asks again.
 *
 * Invariant: `#given` and `#waiting` are never both there.
 */
export class SnapshotReceiving {
  #from = '';
  #snapshot: raftv1.SnapshotMeta | undefined;
  /** Written aside so far. */
  #offset = 0;
  /** To be given to the shell. */
  #waiting: SnapshotChunk | undefined;
  /** The shell has it. */
  #given: SnapshotChunk | undefined;

  /** Has the shell the whole snapshot, and puts it in place of everything? */
  get isInstalling(): boolean {
    return this.#given?.done === true;
  }

  /** A part that the shell does not have yet. */
  get waiting(): SnapshotChunk | undefined {
    return this.#waiting;
  }

  /** Takes a part. Returns the offset that the leader has to hear of, or `undefined` where the answer comes later. */
  take(from: string, part: raftv1.SnapshotPart, snapshot: raftv1.SnapshotMeta): number | undefined {
    if (this.#given !== undefined || this.#waiting !== undefined) return undefined;
    if (from !== this.#from || !isSame(snapshot, this.#snapshot)) {
      this.#from = from;
      this.#snapshot = snapshot;
      this.#offset = 0;
    }
    const { offset, data, done } = part;
    const isQuestion = data.length === 0 && !done;
    if (isQuestion || offset !== this.#offset) return this.#offset;
    this.#waiting = { from, snapshot, offset, data, done };
    return undefined;
  }

  /** The part that the shell should have now. The last one has to wait for an open write, so that the two need no order. */
  takeChunk(writeIsOpen: boolean): SnapshotChunk | undefined {
    const chunk = this.#waiting;
    if (chunk === undefined || (chunk.done && writeIsOpen)) return undefined;
    this.#waiting = undefined;
    this.#given = chunk;
    return chunk;
  }

  /** Returns how far the snapshot has come, or `undefined` where there is nothing to say. */
  written(chunk: SnapshotChunk): number | undefined {
    if (chunk !== this.#given || chunk.done) return undefined;
    this.#given = undefined;
    this.#offset += chunk.data.length;
    return this.#offset;
  }

  /** The snapshot in hand is installed, damaged or not needed any more. */
  finish(): raftv1.SnapshotMeta | undefined {
    const snapshot = this.#snapshot;
    this.#snapshot = undefined;
    this.#waiting = undefined;
    this.#given = undefined;
    return snapshot;
  }

  /** Drops what the shell does not have yet. */
  forgetWaiting(): void {
    this.#waiting = undefined;
  }
}

function isSame(one: raftv1.SnapshotMeta, other: raftv1.SnapshotMeta | undefined): boolean {
  return one.index === other?.index && one.term === other.term && one.bytes === other.bytes;
}
