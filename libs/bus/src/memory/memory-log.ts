import type { FollowOptions, Log, LogEntry, LogPosition } from '../bus.ts';
import { LogExpiredError } from '../bus-errors.ts';
import { subjectMatches } from '../matching/subject-matches.ts';
import { LogBuffer } from '../messaging/log-buffer.ts';
import { PENDING_MAX } from '../messaging/message-pump.ts';
import type { MemoryBroker } from './memory-broker.ts';
import type { MemoryLogStore } from './memory-log-store.ts';

/** A log of a `MemoryBroker`, as one connection sees it. */
export class MemoryLog implements Log {
  constructor(
    private readonly broker: MemoryBroker,
    private readonly store: MemoryLogStore,
    private readonly closed: AbortSignal,
  ) {}

  async append(entry: LogEntry, previous: LogPosition): Promise<void> {
    if (!this.broker.isRunning) await this.broker.up(`append ${entry.subject}`);
    this.store.append(entry, previous);
  }

  async lastPosition(): Promise<LogPosition> {
    await this.broker.up('lastPosition');
    return this.store.lastPosition;
  }

  async firstPosition(): Promise<LogPosition> {
    await this.broker.up('firstPosition');
    return this.store.firstPosition;
  }

  async *follow(options: FollowOptions): AsyncGenerator<LogEntry> {
    const signal = AbortSignal.any([options.signal, this.closed]);
    const filter = options.filter ?? '>';
    let position = options.after;
    for (;;) {
      if (!this.broker.isRunning) await this.brokerBack(signal);
      if (signal.aborted) return;
      if (this.store.hasExpired(position)) throw new LogExpiredError(options.after, this.store.firstPosition);
      if (position >= this.store.lastPosition) break;
      position += 1;
      const entry = this.store.at(position);
      if (entry && subjectMatches(filter, entry.subject)) yield entry;
    }
    yield* this.followLive({ ...options, after: position }, filter, signal);
  }

  /** A follower waits for its broker for ever. */
  private async brokerBack(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        forget();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const forget = this.broker.onStart(done);
      signal.addEventListener('abort', done);
    });
  }

  /** From here on entries are pushed to this reader as they are appended. */
  private async *followLive(options: FollowOptions, filter: string, signal: AbortSignal): AsyncGenerator<LogEntry> {
    const buffer = new LogBuffer(filter, options.pendingMax ?? PENDING_MAX);
    const reader = {
      filter,
      reached: options.after,
      push: (entry: LogEntry): void => buffer.push(entry),
      fail: (error: Error): void => buffer.fail(error),
    };
    this.store.addLive(reader);
    try {
      yield* buffer.read(signal);
    } finally {
      this.store.removeLive(reader);
    }
  }
}
