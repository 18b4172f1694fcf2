import type { Clock, Milliseconds } from './clock.ts';

/** The machine's own time. */
export class SystemClock implements Clock {
  now(): Milliseconds {
    return Date.now();
  }

  monotonic(): Milliseconds {
    return performance.now();
  }
}
