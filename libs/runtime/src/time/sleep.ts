import type { Milliseconds } from './clock.ts';
import { AbortedError, type Timer, type Timers } from './timers.ts';

/** `Timers.sleep`, built on `Timers.after`: the same for real and for virtual time. */
export function sleepUsing(
  after: (delay: Milliseconds, callback: () => void) => Timer,
  delay: Milliseconds,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.cancel();
      reject(new AbortedError('sleep', { cause: signal?.reason }));
    };
    const timer = after(delay, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
}

/** Resolves after `delay` milliseconds, or as soon as `signal` aborts: for loops that look at the signal themselves. */
export async function sleepOrStop(timers: Timers, delay: Milliseconds, signal: AbortSignal): Promise<void> {
  try {
    await timers.sleep(delay, signal);
  } catch (error) {
    if (!(error instanceof AbortedError)) throw error;
  }
}
