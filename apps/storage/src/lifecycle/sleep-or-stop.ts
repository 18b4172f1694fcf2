import { AbortedError, type Milliseconds, type Timers } from '@orrery/runtime';

/** Resolves after `delay`, or as soon as `signal` aborts: the caller looks at the signal. */
export async function sleepOrStop(timers: Timers, delay: Milliseconds, signal: AbortSignal): Promise<void> {
  try {
    await timers.sleep(delay, signal);
  } catch (error) {
    if (!(error instanceof AbortedError)) throw error;
  }
}
