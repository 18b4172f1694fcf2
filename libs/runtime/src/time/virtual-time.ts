import { invariant } from '../invariant.ts';
import type { Clock, Milliseconds } from './clock.ts';
import { parseDuration } from './duration.ts';
import { sleepUsing } from './sleep.ts';
import { type HeapEntry, TimerHeap } from './timer-heap.ts';
import type { Timer, Timers } from './timers.ts';

/** 2026-01-01T00:00:00Z: a fixed start, so that two runs print the same times. */
const START: Milliseconds = Date.UTC(2026, 0, 1);

export interface RunUntilOptions {
  /** How much virtual time may pass before `runUntil` gives up. Default 10 minutes. */
  readonly limit?: Milliseconds | string;
}

/** `runUntil` came to the end of its time, or nothing was left that could happen. */
export class ConditionNotMetError extends Error {
  override readonly name = 'ConditionNotMetError';
}

/**
 * Time that stands still until a test moves it. Timers fire in order of their due time, then of their making; after each, all promise work
 * that it caused is done before the next one fires. What waits for real I/O is not waited for, unless it is held (`holdTime`).
 */
export class VirtualTime implements Clock, Timers {
  private readonly pending = new TimerHeap();
  private elapsed: Milliseconds = 0;
  private order = 0;
  private readonly held = new Set<Promise<unknown>>();
  /** Moves of time run one after another. */
  private moving: Promise<void> = Promise.resolve();

  constructor(private readonly start: Milliseconds = START) {}

  now(): Milliseconds {
    return Math.floor(this.start + this.elapsed);
  }

  monotonic(): Milliseconds {
    return this.elapsed;
  }

  after(delay: Milliseconds, callback: () => void): Timer {
    const entry = this.schedule(delay, callback);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  /** Nothing arrives from outside: with the promise work at hand. */
  soon(callback: () => void): void {
    queueMicrotask(callback);
  }

  every(interval: Milliseconds, callback: () => void): Timer {
    invariant(interval > 0, `an interval of ${interval} ms would stop virtual time`);
    const fire = (): void => {
      entry = this.schedule(interval, fire);
      callback();
    };
    let entry = this.schedule(interval, fire);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  sleep(delay: Milliseconds, signal?: AbortSignal): Promise<void> {
    return sleepUsing((ms, callback) => this.after(ms, callback), delay, signal);
  }

  /** How many timers wait. Zero after everything has been stopped, or something leaks. */
  get pendingTimers(): number {
    return this.pending.size;
  }

  /** Lets `by` pass: milliseconds, or a duration such as `1h30m`. Resolves when all that fell due is done. */
  advance(by: Milliseconds | string): Promise<void> {
    const duration = inMilliseconds(by);
    return this.move(async () => {
      const target = this.elapsed + duration;
      await this.settled();
      while (await this.fireNext(target)) await this.settled();
      this.elapsed = target;
    });
  }

  /** Lets time pass, timer by timer, until `condition` holds. Throws `ConditionNotMetError` at the limit. */
  runUntil(condition: () => boolean, options: RunUntilOptions = {}): Promise<void> {
    const limit = inMilliseconds(options.limit ?? '10m');
    return this.move(async () => {
      const target = this.elapsed + limit;
      await this.settled();
      while (!condition()) {
        if (!(await this.fireNext(target))) {
          throw new ConditionNotMetError(`condition not met within ${limit} ms of virtual time`);
        }
        await this.settled();
      }
    });
  }

  /** Lets all promise work finish without time passing. */
  settle(): Promise<void> {
    return this.move(() => this.settled());
  }

  /** No time passes until `work`, which is done outside, has ended: for programs beside the simulated ones, such as a real etcd. */
  hold(work: Promise<unknown>): void {
    const ended = work.then(nothing, nothing).finally(() => this.held.delete(ended));
    this.held.add(ended);
  }

  /** Lets all promise work finish, and what is held, and what comes of it. */
  private async settled(): Promise<void> {
    await emptyQueue();
    while (this.held.size > 0) {
      await Promise.race(this.held);
      await emptyQueue();
    }
  }

  private schedule(delay: Milliseconds, fire: () => void): HeapEntry {
    this.order += 1;
    const entry: HeapEntry = { at: this.elapsed + Math.max(0, delay), order: this.order, fire, cancelled: false };
    this.pending.push(entry);
    return entry;
  }

  private async fireNext(target: Milliseconds): Promise<boolean> {
    const next = this.pending.peek();
    if (next === undefined || next.at > target) return false;
    this.pending.pop();
    this.elapsed = next.at;
    next.fire();
    return true;
  }

  private move(step: () => Promise<void>): Promise<void> {
    const moved = this.moving.then(step);
    this.moving = moved.catch(() => undefined);
    return moved;
  }
}

/** The microtask queue is empty when an immediate runs. */
function emptyQueue(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function nothing(): void {}

function inMilliseconds(duration: Milliseconds | string): Milliseconds {
  if (typeof duration === 'number') return duration;
  const parsed = parseDuration(duration);
  invariant(parsed !== undefined, `"${duration}" is not a duration such as 1h30m`);
  return parsed;
}

/** Answers `work`; virtual time waits for it, real time does not. */
export function holdTime<T>(timers: Timers, work: Promise<T>): Promise<T> {
  if (timers instanceof VirtualTime) timers.hold(work);
  return work;
}
