import type { Clock, Milliseconds, Timer, Timers } from '@orrery/runtime';

export interface WorkQueueOptions<K> {
  readonly timers: Timers;
  readonly clock: Clock;
  /** Two items with one identity are one item. */
  readonly identity: (item: K) => string;
  /** First delay of `addRateLimited`; doubles with each failure. Default 5. */
  readonly backoffBase?: Milliseconds;
  /** Default 1,000,000. */
  readonly backoffMax?: Milliseconds;
}

/**
 * What has to be looked at, each item once. An item that is added while it is being worked on waits until that is done, so that no two
 * workers ever hold one item. Bounded by the number of different items.
 */
export class WorkQueue<K> {
  private readonly waiting = new Map<string, K>();
  private readonly processing = new Set<string>();
  /** Added again while in `processing`. */
  private readonly dirty = new Map<string, K>();
  private readonly delayed = new Map<string, { readonly dueAt: Milliseconds; readonly timer: Timer }>();
  private readonly failureCounts = new Map<string, number>();
  private readonly takers: ((item: K | undefined) => void)[] = [];
  private stopped = false;

  constructor(private readonly options: WorkQueueOptions<K>) {}

  /** Items that wait, without those that are being worked on or delayed. */
  get length(): number {
    return this.waiting.size;
  }

  /** Nothing waits and nothing is being worked on; delayed items do not count. */
  idle(): boolean {
    return this.waiting.size === 0 && this.processing.size === 0 && this.dirty.size === 0;
  }

  add(item: K): void {
    if (this.stopped) return;
    const id = this.options.identity(item);
    if (this.processing.has(id)) {
      this.dirty.set(id, item);
      return;
    }
    const taker = this.waiting.has(id) ? undefined : this.takers.shift();
    if (taker === undefined) {
      this.waiting.set(id, item);
      return;
    }
    this.processing.add(id);
    taker(item);
  }

  /** Adds the item in `delay` milliseconds. Of two pending delays of one item the shorter counts. */
  addAfter(item: K, delay: Milliseconds): void {
    if (this.stopped) return;
    if (delay <= 0) {
      this.add(item);
      return;
    }
    const id = this.options.identity(item);
    const dueAt = this.options.clock.monotonic() + delay;
    const pending = this.delayed.get(id);
    if (pending !== undefined && pending.dueAt <= dueAt) return;
    pending?.timer.cancel();
    const timer = this.options.timers.after(delay, () => {
      this.delayed.delete(id);
      this.add(item);
    });
    this.delayed.set(id, { dueAt, timer });
  }

  /** Adds the item after a delay that doubles each time until `forget`. */
  addRateLimited(item: K): void {
    const id = this.options.identity(item);
    const failures = this.failureCounts.get(id) ?? 0;
    this.failureCounts.set(id, failures + 1);
    const { backoffBase = 5, backoffMax = 1_000_000 } = this.options;
    this.addAfter(item, Math.min(backoffBase * 2 ** Math.min(failures, 40), backoffMax));
  }

  /** How often `addRateLimited` was called since `forget`. */
  failures(item: K): number {
    return this.failureCounts.get(this.options.identity(item)) ?? 0;
  }

  forget(item: K): void {
    this.failureCounts.delete(this.options.identity(item));
  }

  /** The next item, as soon as there is one; `undefined` after `shutdown`. The caller ends its work with `done`. */
  next(): Promise<K | undefined> {
    if (this.stopped) return Promise.resolve(undefined);
    const first = this.waiting.entries().next();
    if (first.done === true) return new Promise((resolve) => this.takers.push(resolve));
    const [id, item] = first.value;
    this.waiting.delete(id);
    this.processing.add(id);
    return Promise.resolve(item);
  }

  done(item: K): void {
    const id = this.options.identity(item);
    this.processing.delete(id);
    const again = this.dirty.get(id);
    if (again === undefined) return;
    this.dirty.delete(id);
    this.add(again);
  }

  /** Drops what waits and lets all takers go. May be called twice. */
  shutdown(): void {
    this.stopped = true;
    for (const { timer } of this.delayed.values()) timer.cancel();
    this.delayed.clear();
    this.waiting.clear();
    this.dirty.clear();
    for (const taker of this.takers.splice(0)) taker(undefined);
  }
}
