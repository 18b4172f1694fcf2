import type { Milliseconds } from './clock.ts';

/** A pending timer. `cancel` may be called at any time and any number of times. */
export interface Timer {
  cancel(): void;
}

/** Where all code gets its timers from, so that a test or the simulator decides when they fire. */
export interface Timers {
  /** Calls `callback` once, `delay` milliseconds from now, never before this call has returned. */
  after(delay: Milliseconds, callback: () => void): Timer;
  /** Calls `callback` once all that has already arrived from outside has been taken in, so that one step can serve it all. No time passes. */
  soon(callback: () => void): void;
  /** Calls `callback` every `interval` milliseconds until cancelled. */
  every(interval: Milliseconds, callback: () => void): Timer;
  /**
   * Resolves after `delay` milliseconds; rejects with `AbortedError` as soon as `signal` aborts.
   * The underlying timer never keeps the process alive longer than the signal says.
   */
  sleep(delay: Milliseconds, signal?: AbortSignal): Promise<void>;
}

/** An operation was given up because its `AbortSignal` fired. */
export class AbortedError extends Error {
  override readonly name = 'AbortedError';
  constructor(operation: string, options?: ErrorOptions) {
    super(`${operation} was aborted`, options);
  }
}
