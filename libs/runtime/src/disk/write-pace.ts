/** A device that takes longer on average must not hold up the thread. */
const QUICK_MS = 3;
/** And is only tried again when it has become clearly quicker. */
const QUICK_AGAIN_MS = 1;
/** Larger writes are copied too long to hold up everything else. */
const QUICK_BYTES_MAX = 1024 * 1024;
/** Weight of the newest write in the average. */
const WEIGHT = 1 / 8;

/** How long a device takes to write durably, by its last writes: decides whether waiting for it is worth another thread. */
export class WritePace {
  #averageMs = 0;
  #quick = true;

  isQuick(bytes: number): boolean {
    return this.#quick && bytes <= QUICK_BYTES_MAX;
  }

  note(bytes: number, tookMs: number): void {
    if (bytes > QUICK_BYTES_MAX) return;
    this.#averageMs += (tookMs - this.#averageMs) * WEIGHT;
    this.#quick = this.#averageMs <= (this.#quick ? QUICK_MS : QUICK_AGAIN_MS);
  }
}
