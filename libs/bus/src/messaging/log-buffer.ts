import type { LogEntry } from '../bus.ts';
import { SlowConsumerError } from '../bus-errors.ts';
import { Fifo } from './fifo.ts';

/** Default of `FollowOptions.behindPatienceMs`. */
export const BEHIND_PATIENCE_MS = 10_000;

/** Entries that have been delivered to a reader and not yet read. */
export class LogBuffer {
  private readonly entries = new Fifo<LogEntry>();
  private error: Error | undefined;
  private wake: (() => void) | undefined;
  /** Called when the reader has read everything and waits. */
  onEmpty: (() => void) | undefined;

  constructor(
    private readonly subject: string,
    private readonly pendingMax: number,
  ) {}

  /** Whether one entry more would cut the reader off. */
  get isFull(): boolean {
    return this.entries.size >= this.pendingMax;
  }

  /** Repeats `onEmpty` for a reader that waits already. */
  announceEmpty(): void {
    if (this.wake && this.entries.size === 0) this.onEmpty?.();
  }

  /** Beyond `pendingMax` the reader is cut off, and what waits for it is given up. */
  push(entry: LogEntry): void {
    if (this.error) return;
    this.entries.push(entry);
    if (this.entries.size > this.pendingMax) this.fail(new SlowConsumerError(this.subject, this.pendingMax));
    else this.wake?.();
  }

  /** Ends the reading with an error; the first one counts. */
  fail(error: Error): void {
    this.error ??= error;
    this.entries.clear();
    this.wake?.();
  }

  /** Entries as they come; ends when `signal` aborts. */
  async *read(signal: AbortSignal): AsyncGenerator<LogEntry> {
    const wake = (): void => this.wake?.();
    signal.addEventListener('abort', wake, { once: true });
    try {
      while (!signal.aborted) {
        const entry = this.entries.shift();
        if (entry) yield entry;
        else if (this.error) throw this.error;
        else await this.wait();
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  private async wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      this.onEmpty?.();
    });
    this.wake = undefined;
  }
}
