import type { Host, Timer } from '@orrery/runtime';

interface Waiter {
  readonly revision: number;
  readonly resolve: (reached: boolean) => void;
  readonly timer: Timer;
}

/** Callers that wait until the cache has caught up with a revision. */
export class RevisionWaiters {
  private readonly waiters = new Set<Waiter>();
  private reached = 0;

  constructor(private readonly timers: Host['timers']) {}

  get current(): number {
    return this.reached;
  }

  advance(revision: number): void {
    this.reached = revision;
    for (const waiter of this.waiters) {
      if (waiter.revision <= revision) this.settle(waiter, true);
    }
  }

  /** Resolves to whether `revision` was reached within `timeoutMs`. */
  wait(revision: number, timeoutMs: number): Promise<boolean> {
    if (revision <= this.reached) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        revision,
        resolve,
        timer: this.timers.after(timeoutMs, () => this.settle(waiter, false)),
      };
      this.waiters.add(waiter);
    });
  }

  /** Lets everybody go, for good. */
  stop(): void {
    for (const waiter of this.waiters) this.settle(waiter, false);
  }

  private settle(waiter: Waiter, reached: boolean): void {
    this.waiters.delete(waiter);
    waiter.timer.cancel();
    waiter.resolve(reached);
  }
}
