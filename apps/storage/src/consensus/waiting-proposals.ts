import type { StorageResult } from '../state-machine/storage-result.ts';

/** What became of a proposal. */
export type Outcome =
  /** Committed and carried out; entries that are no commands have no result. */
  | { readonly kind: 'applied'; readonly result: StorageResult | undefined }
  /** It is not known whether it will be carried out, unless the reason says so. */
  | { readonly kind: 'lost'; readonly reason: StorageResult };

interface Waiting {
  readonly term: number;
  readonly deadline: number;
  readonly answer: (outcome: Outcome) => void;
}

/** Who waits for which Raft entry. */
export class WaitingProposals {
  /** In order of index, since a leader only appends. */
  readonly #byIndex = new Map<number, Waiting>();

  get size(): number {
    return this.#byIndex.size;
  }

  /** `deadline` in ticks. */
  add(index: number, term: number, deadline: number, answer: (outcome: Outcome) => void): void {
    this.#byIndex.set(index, { term, deadline, answer });
  }

  /** The entry at `index` was carried out; `otherwise` answers who waited for another entry that stood there. */
  applied(index: number, term: number, result: StorageResult | undefined, otherwise: StorageResult): void {
    const waiting = this.#byIndex.get(index);
    if (waiting === undefined) return;
    this.#byIndex.delete(index);
    waiting.answer(waiting.term === term ? { kind: 'applied', result } : { kind: 'lost', reason: otherwise });
  }

  /** Answers all from `index` on. */
  giveUpFrom(index: number, reason: StorageResult): void {
    for (const [at, { answer }] of [...this.#byIndex]) {
      if (at < index) continue;
      this.#byIndex.delete(at);
      answer({ kind: 'lost', reason });
    }
  }

  /** Answers all whose time is over. */
  giveUpAt(tick: number, reason: StorageResult): void {
    for (const [at, { deadline, answer }] of this.#byIndex) {
      if (deadline > tick) return;
      this.#byIndex.delete(at);
      answer({ kind: 'lost', reason });
    }
  }
}
