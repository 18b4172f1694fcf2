import type { Milliseconds, Timer, Timers } from '@orrery/runtime';

/** States stay readable at least this long: the interval in which upstream's API server compacts. */
export const COMPACTION_INTERVAL_MS = 5 * 60 * 1000;

export interface PeriodicCompactionParts {
  readonly timers: Timers;
  readonly intervalMs: Milliseconds;
  readonly leads: () => boolean;
  /** The newest revision that nobody but readers of history still needs. */
  readonly revision: () => number;
  readonly compact: (revision: number) => Promise<unknown>;
}

/** Has the leader compact, in each interval, what was the newest state an interval ago: the store does not grow without end. */
export class PeriodicCompaction {
  #timer: Timer | undefined;
  #next = 0;

  constructor(private readonly parts: PeriodicCompactionParts) {}

  start(): void {
    this.#timer = this.parts.timers.every(this.parts.intervalMs, () => this.#run());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #run(): void {
    const { leads, revision, compact } = this.parts;
    const due = this.#next;
    this.#next = leads() ? revision() : 0;
    if (due > 0 && leads()) void compact(due);
  }
}
