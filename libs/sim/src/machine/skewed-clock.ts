import type { Clock, Milliseconds, Timer, Timers, VirtualTime } from '@orrery/runtime';

/**
 * The clock of one machine: its seconds are a little longer or shorter than true ones, and its wall clock is off by what was set, and may be set
 * anew at any time. It survives restarts of processes.
 */
export class SkewedClock implements Clock, Timers {
  #wallOffset: Milliseconds = 0;

  /** `rate`: seconds of this machine in one true second. */
  constructor(
    private readonly time: VirtualTime,
    readonly rate: number,
  ) {}

  now(): Milliseconds {
    return Math.floor(this.time.now() + this.#wallOffset);
  }

  monotonic(): Milliseconds {
    return this.time.monotonic() * this.rate;
  }

  /** The wall clock jumps. */
  setOffset(offset: Milliseconds): void {
    this.#wallOffset = offset;
  }

  after(delay: Milliseconds, callback: () => void): Timer {
    return this.time.after(delay / this.rate, callback);
  }

  soon(callback: () => void): void {
    this.time.soon(callback);
  }

  every(interval: Milliseconds, callback: () => void): Timer {
    return this.time.every(interval / this.rate, callback);
  }

  sleep(delay: Milliseconds, signal?: AbortSignal): Promise<void> {
    return this.time.sleep(delay / this.rate, signal);
  }
}
