import type { Host } from '@orrery/runtime';

/** The longest pause between two rounds, so that a slow round does not make events late. */
const pauseMaxMs = 100;

/**
 * Wakes the streams that have something to send, all together. A round is followed by a pause as long as it took: where a thousand clients watch the
 * same, several events share a write, and half of the time is left for other requests. Where few do, nobody waits.
 */
export class WatchRounds {
  private waiting = new Set<() => void>();
  private scheduled = false;
  /** On the monotonic clock, in milliseconds. */
  private nextAt = 0;

  constructor(private readonly host: Pick<Host, 'clock' | 'timers'>) {}

  /** Calls `wake` once in the next round, however often it is asked to. */
  join(wake: () => void): void {
    this.waiting.add(wake);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled || this.waiting.size === 0) return;
    this.scheduled = true;
    const { clock, timers } = this.host;
    const pauseMs = this.nextAt - clock.monotonic();
    // A timer is never more exact than a millisecond.
    if (pauseMs < 1) timers.soon(() => this.run());
    else timers.after(Math.min(pauseMs, pauseMaxMs), () => this.run());
  }

  private run(): void {
    const { clock, timers } = this.host;
    const startedAt = clock.monotonic();
    const woken = this.waiting;
    this.waiting = new Set();
    for (const wake of woken) wake();
    timers.soon(() => {
      const endedAt = clock.monotonic();
      this.nextAt = endedAt + (endedAt - startedAt);
      this.scheduled = false;
      this.schedule();
    });
  }
}
