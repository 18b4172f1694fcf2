import type { Milliseconds } from './clock.ts';
import { AbortedError, type Timer } from './timers.ts';

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
