import type { Timer } from '@orrery/runtime';
import type { FollowOptions, Log, LogEntry, LogPosition } from '../bus.ts';
import { LogExpiredError } from '../bus-errors.ts';
import { subjectMatches } from '../matching/subject-matches.ts';
import { BEHIND_PATIENCE_MS, LogBuffer } from '../messaging/log-buffer.ts';
import { PENDING_MAX } from '../messaging/message-pump.ts';
import type { MemoryBroker } from './memory-broker.ts';
import type { LiveReader, MemoryLogStore } from './memory-log-store.ts';

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

  async entryAt(position: LogPosition): Promise<LogEntry | undefined> {
    await this.broker.up('entryAt');
    return this.store.at(position);
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
    const { broker, store } = this;
    const buffer = new LogBuffer(filter, options.pendingMax ?? PENDING_MAX);
    let patience: Timer | undefined;
    const waitForLog = (): void => {
      patience?.cancel();
      if (!broker.isRunning || reader.reached <= store.lastPosition) return;
      patience = broker.timers.after(options.behindPatienceMs ?? BEHIND_PATIENCE_MS, () => {
        const last = store.lastPosition;
        if (broker.isRunning && reader.reached > last) reader.fail(new LogExpiredError(reader.reached, last + 1));
      });
    };
    const reader: LiveReader = {
      filter,
      reached: options.after,
      push: (entry) => buffer.push(entry),
      fail: (error) => buffer.fail(error),
      logLost: waitForLog,
    };
    const forgetStarts = broker.onStart(waitForLog);
    store.addLive(reader);
    waitForLog();
    try {
      yield* buffer.read(signal);
    } finally {
      patience?.cancel();
      forgetStarts();
      store.removeLive(reader);
    }
  }
}
