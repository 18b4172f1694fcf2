import { ReadUnavailableError, TooManyReadsError } from './raft-node-errors.ts';

/** Reads that may wait at once; more are refused. */
const WAITING_MAX = 16_384;

interface Batch {
  readonly deadline: number;
  /** Index that must be applied first; unknown until the leader has answered. */
  index: number | undefined;
  readonly waiting: { resolve: () => void; reject: (error: Error) => void }[];
}

/** Linearizable reads of this member. Those of one turn share one question to the leader. */
export class WaitingReads {
  #lastId = 0;
  #waiting = 0;
  /** Reads for which the leader has not been asked yet. */
  #next: Batch['waiting'] = [];
  readonly #batches = new Map<number, Batch>();

  /** Resolves when the read may be answered. Throws `ReadUnavailableError` and `TooManyReadsError`. */
  add(): Promise<void> {
    if (this.#waiting >= WAITING_MAX) return Promise.reject(new TooManyReadsError(WAITING_MAX));
    this.#waiting++;
    return new Promise((resolve, reject) => this.#next.push({ resolve, reject }));
  }

  get isNew(): boolean {
    return this.#next.length > 0;
  }

  /** Closes the batch, which waits until the tick `deadline`; returns the context to ask the leader with. */
  close(deadline: number): Uint8Array {
    const id = ++this.#lastId;
    this.#batches.set(id, { deadline, index: undefined, waiting: this.#next });
    this.#next = [];
    return encodeId(id);
  }

  /** Contexts that the leader has not answered. */
  unanswered(): Uint8Array[] {
    return [...this.#batches].filter(([, batch]) => batch.index === undefined).map(([id]) => encodeId(id));
  }

  answered(context: Uint8Array, index: number): void {
    const batch = this.#batches.get(decodeId(context));
    if (batch !== undefined) batch.index ??= index;
  }

  /** Lets all go that wait for nothing later than `applied`. */
  release(applied: number): void {
    for (const [id, { index, waiting }] of this.#batches) {
      if (index === undefined || index > applied) continue;
      this.#end(id, waiting);
      for (const { resolve } of waiting) resolve();
    }
  }

  /** Rejects all. */
  giveUp(): void {
    if (this.isNew) this.close(0);
    this.giveUpAt(Number.POSITIVE_INFINITY);
  }

  /** Rejects those whose time is over. */
  giveUpAt(tick: number): void {
    for (const [id, { deadline, waiting }] of this.#batches) {
      if (deadline > tick) continue;
      this.#end(id, waiting);
      for (const { reject } of waiting) reject(new ReadUnavailableError());
    }
  }

  #end(id: number, waiting: Batch['waiting']): void {
    this.#batches.delete(id);
    this.#waiting -= waiting.length;
  }
}

function encodeId(id: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, id);
  return bytes;
}

function decodeId(bytes: Uint8Array): number {
  return bytes.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0) : 0;
}
