import type { Milliseconds } from './clock.ts';

export interface HeapEntry {
  readonly at: Milliseconds;
  /** Breaks ties: what was scheduled first fires first. */
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
}

/** Pending virtual timers, the next one on top. Cancelled entries leave when they surface. */
export class TimerHeap {
  private readonly entries: HeapEntry[] = [];

  push(entry: HeapEntry): void {
    this.entries.push(entry);
    this.siftUp(this.entries.length - 1);
  }

  /** The next entry that is not cancelled, without removing it. */
  peek(): HeapEntry | undefined {
    while (this.entries[0]?.cancelled) this.removeTop();
    return this.entries[0];
  }

  pop(): HeapEntry | undefined {
    const top = this.peek();
    if (top) this.removeTop();
    return top;
  }

  /** How many timers are pending. */
  get size(): number {
    return this.entries.reduce((count, entry) => (entry.cancelled ? count : count + 1), 0);
  }

  private removeTop(): void {
    const last = this.entries.pop();
    if (last === undefined || this.entries.length === 0) return;
    this.entries[0] = last;
    this.siftDown(0);
  }

  private siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.isBefore(index, parent)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private siftDown(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let first = index;
      if (this.isBefore(left, first)) first = left;
      if (this.isBefore(right, first)) first = right;
      if (first === index) return;
      this.swap(index, first);
      index = first;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const left = this.entries[a];
    const right = this.entries[b];
    if (left === undefined || right === undefined) return false;
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  private swap(a: number, b: number): void {
    const left = this.entries[a];
    const right = this.entries[b];
    if (left === undefined || right === undefined) return;
    this.entries[a] = right;
    this.entries[b] = left;
  }
}
