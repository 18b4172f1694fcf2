import type { raftv1 } from '@orrery/proto';
import type { SnapshotRead } from '../ready.ts';

/**
 * A snapshot on its way to one follower (chapter 5), one part at a time: read by the shell, sent, acknowledged. What gets lost on the way is asked
 * about and continued, not begun again.
 */
export class SnapshotSending {
  /** How many bytes the follower has, as far as known. */
  #offset = 0;
  /** `due`: the next part is to be read; `reading`: the shell reads it; `sent`: the follower's answer is awaited. */
  #state: 'due' | 'reading' | 'sent' = 'due';
  #read: SnapshotRead | undefined;

  constructor(
    private readonly to: string,
    readonly snapshot: raftv1.SnapshotMeta,
    private readonly chunkBytesMax: number,
  ) {}

  get offset(): number {
    return this.#offset;
  }

  /** What the shell has to read now. Given out once. */
  takeRead(): SnapshotRead | undefined {
    if (this.#state !== 'due') return undefined;
    this.#state = 'reading';
    this.#read = { to: this.to, snapshot: this.snapshot, offset: this.#offset, bytesMax: this.chunkBytesMax };
    return this.#read;
  }

  /** Is this the part that is waited for? Then it is sent now. */
  readDone(read: SnapshotRead): boolean {
    if (this.#read !== read) return false;
    this.#read = undefined;
    this.#state = 'sent';
    return true;
  }

  /** The follower has `offset` bytes: the rest may follow. */
  acknowledged(offset: number): void {
    if (this.#state === 'reading') return;
    this.#offset = offset;
    this.#state = 'due';
  }

  /** What arrived was damaged. It begins anew when the follower is heard of again. */
  refused(): void {
    this.#offset = 0;
    this.#read = undefined;
    this.#state = 'sent';
  }

  /** The follower is alive. Should it be asked how far it has come, because something may have been lost? */
  get awaitsAnswer(): boolean {
    return this.#state === 'sent';
  }
}
