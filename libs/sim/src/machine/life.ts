import type { Clock, Ids, Logger, Milliseconds, Random, Timer, Timers } from '@orrery/runtime';
import { AbortedError } from '@orrery/runtime';

/** One run of a process, from its start until it is killed. Nothing that it began outlives it: no timer fires, no message leaves, no answer of the disk comes. */
export class Life {
  #isOver = false;
  #isPaused = false;
  /** What happened to the process while it was paused; bounded by what can happen within one pause. */
  #missed: (() => void)[] = [];
  readonly #endings = new Set<() => void>();
  readonly timers: Timers;

  constructor(
    timers: Timers,
    readonly clock: Clock,
    readonly random: Random,
    readonly ids: Ids,
    readonly logger: Logger,
  ) {
    this.timers = new MortalTimers(timers, this);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** As SIGSTOP does: the world goes on, and its clock; the process notices nothing of it until it is resumed. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const step of this.#missed.splice(0)) this.run(step);
  }

  /** Lets the process notice something: now, when it is resumed, or never. */
  run(step: () => void): void {
    if (this.#isOver) return;
    if (this.#isPaused) this.#missed.push(step);
    else step();
  }

  /** As `kill -9`, or the loss of power, does. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#missed = [];
    for (const ending of this.#endings) ending();
    this.#endings.clear();
  }

  onEnd(ending: () => void): void {
    this.#endings.add(ending);
  }
}

/** What a dead process waits for. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** Timers that stop with the life that they belong to. */
class MortalTimers implements Timers {
  constructor(
    private readonly timers: Timers,
    private readonly life: Life,
  ) {}

  after(delay: Milliseconds, callback: () => void): Timer {
    let isCancelled = false;
    const timer = this.timers.after(delay, () =>
      this.life.run(() => {
        if (!isCancelled) callback();
      }),
    );
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  soon(callback: () => void): void {
    this.timers.soon(() => this.life.run(callback));
  }

  every(interval: Milliseconds, callback: () => void): Timer {
    let isCancelled = false;
    let isMissed = false;
    const timer = this.timers.every(interval, () => {
      if (this.life.isOver) timer.cancel();
      // An interval timer that was held up fires once, however many times it was due.
      if (isMissed) return;
      isMissed = true;
      this.life.run(() => {
        isMissed = false;
        if (!isCancelled) callback();
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  sleep(delay: Milliseconds, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        timer.cancel();
        reject(new AbortedError('sleep', { cause: signal?.reason }));
      };
      const timer = this.after(delay, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }
}
