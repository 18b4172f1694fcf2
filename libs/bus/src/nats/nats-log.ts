import { type Ids, invariant, type Logger, type Timers } from '@orrery/runtime';
import type { FollowOptions, Log, LogEntry, LogOptions, LogPosition } from '../bus.ts';
import { PayloadTooLargeError, WrongPredecessorError } from '../bus-errors.ts';
import { subjectMatches } from '../matching/subject-matches.ts';
import { LogBuffer } from '../messaging/log-buffer.ts';
import { PENDING_MAX } from '../messaging/message-pump.ts';
import { isJetStreamError, type JetStreamApi, type StreamState } from './jet-stream-api.ts';
import { NatsLogFeed } from './nats-log-feed.ts';
import type { NatsWire } from './nats-wire.ts';

export interface NatsLogParts {
  readonly name: string;
  readonly options: LogOptions;
  readonly wire: NatsWire;
  readonly jetStream: JetStreamApi;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly ids: Ids;
  /** Aborts when the bus is closed. */
  readonly closed: AbortSignal;
}

/**
 * A log as a JetStream stream whose sequence numbers are the positions. So an append that expects the sequence before its own is exactly the rule of
 * `Log.append`, and a follower starts at a position without looking anything up. A gap is made by a purge up to the new position.
 */
export class NatsLog implements Log {
  /** Resolves when the first append on this connection is done; it never rejects. */
  private first: Promise<void> | undefined;
  private reconnectCount = 0;
  /**
   * nats-server 2.9 leaves a purge out of the count that it compares the expected sequence with, until it restarts: so much it is behind. 0 on
   * later versions.
   */
  private sequenceOffset = 0;

  constructor(private readonly parts: NatsLogParts) {}

  async append(entry: LogEntry, previous: LogPosition): Promise<void> {
    this.mustBeValid(entry, previous);
    this.forgetAfterReconnect();
    if (this.first === undefined) return this.appendFirst(entry, previous);
    await this.first;
    return this.appendNow(entry, previous);
  }

  async lastPosition(): Promise<LogPosition> {
    return (await this.state()).last_seq;
  }

  async firstPosition(): Promise<LogPosition> {
    const { messages, first_seq: first } = await this.state();
    return messages === 0 ? 0 : first;
  }

  async *follow(options: FollowOptions): AsyncGenerator<LogEntry> {
    const signal = AbortSignal.any([options.signal, this.parts.closed]);
    if (signal.aborted) return;
    const filter = options.filter ?? '>';
    const buffer = new LogBuffer(filter, options.pendingMax ?? PENDING_MAX);
    const feed = new NatsLogFeed(this.parts, filter, options.after, buffer);
    feed.start();
    try {
      yield* buffer.read(signal);
    } finally {
      feed.stop();
    }
  }

  private mustBeValid({ subject, position, data }: LogEntry, previous: LogPosition): void {
    const { name, options, wire } = this.parts;
    const isOurs = options.subjects.some((pattern) => subjectMatches(pattern, subject));
    invariant(isOurs, `the log ${name} does not take ${subject}`);
    invariant(position > previous, `position ${position} does not come after ${previous}`);
    const sizeMax = wire.payloadBytesMax;
    if (data.length > sizeMax) throw new PayloadTooLargeError(subject, data.length, sizeMax);
  }

  /** The first append on a connection goes alone: it makes the stream, and learns how the broker counts. */
  private async appendFirst(entry: LogEntry, previous: LogPosition): Promise<void> {
    const appending = this.make().then(() => this.appendNow(entry, previous));
    const first = appending.catch(() => {
      if (this.first === first) this.first = undefined;
    });
    this.first = first;
    await appending;
  }

  private forgetAfterReconnect(): void {
    const { reconnectCount } = this.parts.wire;
    if (reconnectCount === this.reconnectCount) return;
    this.reconnectCount = reconnectCount;
    this.first = undefined;
    this.sequenceOffset = 0;
  }

  private async make(): Promise<void> {
    await this.parts.jetStream.createStream({
      name: this.parts.name,
      subjects: [...this.parts.options.subjects],
      retention: 'limits',
      discard: 'old',
      storage: 'file',
      num_replicas: 1,
      max_bytes: this.parts.options.bytesMax,
    });
  }

  private async appendNow(entry: LogEntry, previous: LogPosition): Promise<void> {
    const before = entry.position - 1;
    if (previous !== before) await this.skipTo(entry.position, previous);
    for (;;) {
      const refusal = await this.publish(entry, before - this.sequenceOffset);
      if (refusal === undefined) return;
      const last = await this.lastPosition();
      const offset = last - refusal.brokerSequence;
      // Ours was refused although its predecessor is the last one: the broker counts differently from what we knew.
      if (last !== before || offset === this.sequenceOffset) throw new WrongPredecessorError(previous, last);
      this.sequenceOffset = offset;
    }
  }

  /** Expires everything before `position`. */
  private async skipTo(position: LogPosition, previous: LogPosition): Promise<void> {
    const last = await this.lastPosition();
    if (last !== previous) throw new WrongPredecessorError(previous, last);
    await this.parts.jetStream.purge(this.parts.name, position);
  }

  /** `undefined`, or the sequence that the broker holds against the expected one. */
  private async publish(entry: LogEntry, expectedSequence: number): Promise<{ brokerSequence: number } | undefined> {
    const { name, jetStream } = this.parts;
    const headers = {
      'Nats-Expected-Stream': name,
      'Nats-Expected-Last-Sequence': String(expectedSequence),
    };
    try {
      const sequence = await jetStream.publish(entry.subject, entry.data, headers);
      invariant(sequence === entry.position, `entry ${entry.position} of ${name} became ${sequence}`);
      return undefined;
    } catch (error) {
      if (!isJetStreamError(error, 'wrongLastSequence')) throw error;
      const [, sequence] = /(\d+)\s*$/.exec(error.description) ?? [];
      return { brokerSequence: Number(sequence) };
    }
  }

  private async state(): Promise<StreamState> {
    try {
      return (await this.parts.jetStream.streamInfo(this.parts.name)).state;
    } catch (error) {
      if (isJetStreamError(error, 'streamNotFound')) return { messages: 0, first_seq: 0, last_seq: 0 };
      throw error;
    }
  }
}
