/** No leader confirmed the read in time. */
export class ReadUnavailableError extends Error {
  override readonly name = 'ReadUnavailableError';
  constructor() {
    super('no leader confirmed the read in time');
  }
}

interface Batch {
  readonly deadline: number;
  /** Index that must be applied first; unknown until the leader has answered. */
  index: number | undefined;
  readonly waiting: { resolve: () => void; reject: (error: Error) => void }[];
}

/** Linearizable reads of this member. Those of one turn share one question to the leader. */
export class WaitingReads {
  #lastId = 0;
  /** Reads for which the leader has not been asked yet. */
  #next: Batch['waiting'] = [];
  readonly #batches = new Map<number, Batch>();

  add(): Promise<void> {
    return new Promise((resolve, reject) => this.#next.push({ resolve, reject }));
  }

  get isNew(): boolean {
    return this.#next.length > 0;
  }

  /** Closes the batch; returns the context to ask the leader with. */
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
      this.#batches.delete(id);
      for (const { resolve } of waiting) resolve();
    }
  }

  /** Rejects those whose time is over, at `Infinity` all. */
  giveUpAt(tick: number): void {
    for (const [id, { deadline, waiting }] of this.#batches) {
      if (deadline > tick) continue;
      this.#batches.delete(id);
      for (const { reject } of waiting) reject(new ReadUnavailableError());
    }
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
