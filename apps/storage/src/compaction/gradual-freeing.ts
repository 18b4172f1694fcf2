import type { KvStore } from '@orrery/kv';
import type { Timers } from '@orrery/runtime';

/** Gives back the memory that compactions have made free, bit by bit, while other work goes on in between. */
export class GradualFreeing {
  #isUnderWay = false;
  #isStopped = false;
  /** What was freed wholly. */
  #done = 0;

  constructor(
    private readonly timers: Timers,
    private readonly store: KvStore,
  ) {}

  /** There may have been a compaction. */
  wake(): void {
    if (this.#isUnderWay || this.#isStopped || this.store.compactRevision === this.#done) return;
    this.#isUnderWay = true;
    this.#goOn(this.store.compactRevision);
  }

  stop(): void {
    this.#isStopped = true;
  }

  #goOn(compactRevision: number): void {
    if (this.#isStopped) return;
    if (this.store.freeSlice()) {
      this.timers.soon(() => this.#goOn(compactRevision));
      return;
    }
    // Where a snapshot is being made nothing was freed; the next call begins again.
    if (!this.store.isPinned) this.#done = compactRevision;
    this.#isUnderWay = false;
  }
}
