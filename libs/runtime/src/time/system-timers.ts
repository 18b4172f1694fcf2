import type { Milliseconds } from './clock.ts';
import { sleepUsing } from './sleep.ts';
import type { Timer, Timers } from './timers.ts';

/** Node fires a timer beyond this delay at once, so longer waits are made of several. */
const DELAY_MAX: Milliseconds = 2 ** 31 - 1;

/** The event loop's timers. */
export class SystemTimers implements Timers {
  after(delay: Milliseconds, callback: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = (remaining: Milliseconds): void => {
      if (remaining <= DELAY_MAX) handle = setTimeout(callback, remaining);
      else handle = setTimeout(() => arm(remaining - DELAY_MAX), DELAY_MAX);
    };
    arm(delay);
    return { cancel: () => clearTimeout(handle) };
  }

  soon(callback: () => void): void {
    setImmediate(callback);
  }

  every(interval: Milliseconds, callback: () => void): Timer {
    const handle = setInterval(callback, Math.min(interval, DELAY_MAX));
    return { cancel: () => clearInterval(handle) };
  }

  sleep(delay: Milliseconds, signal?: AbortSignal): Promise<void> {
    return sleepUsing((ms, callback) => this.after(ms, callback), delay, signal);
  }
}
