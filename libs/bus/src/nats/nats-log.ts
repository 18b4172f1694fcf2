import { type Ids, invariant, type Logger, type Timers } from '@orrery/runtime';
import type { FollowOptions, Log, LogEntry, LogOptions, LogPosition } from '../bus.ts';
import { NoResponderError, PayloadTooLargeError, WrongPredecessorError } from '../bus-errors.ts';
import { subjectMatches } from '../matching/subject-matches.ts';
import { BEHIND_PATIENCE_MS, LogBuffer } from '../messaging/log-buffer.ts';
import { PENDING_MAX } from '../messaging/message-pump.ts';
import { isJetStreamError, isMissingFile, type JetStreamApi, type StreamState } from './jet-stream-api.ts';
import { LogStream, LogTakenError } from './log-stream.ts';
import { POSITION_HEADER } from './nats-log-conventions.ts';
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

/** Pause before an append is repeated that found nobody although its stream is there, and how often that is done. */
const NOBODY_PAUSE_MS = 25;
const NOBODY_MAX = 200;
/** So often the broker may fail to store the same entry before its stream is given up. */
const STORE_FAILURES_MAX = 3;

const NO_STREAM: StreamState = { messages: 0, first_seq: 0, last_seq: 0 };

/** What became of an append. */
type Outcome =
  | { readonly kind: 'written' }
  /** The broker holds another sequence against the expected one. */
  | { readonly kind: 'refused'; readonly brokerSequence: number }
  /** The stream that we know does not take the subject: it was deleted or replaced, or the broker has just started. */
  | { readonly kind: 'nobody' };

/**
 * A log as a JetStream stream whose sequence numbers are the positions. So an append that expects the sequence before its own is exactly the rule of
 * `Log.append`, and a follower starts at a position without looking anything up.
 *
 * For a gap another stream takes the place of this one, empty, and begins at the new position: so every consumer is gone, and every follower finds out
 * where it stands. A purge would move consumers over the gap, and those with a filter could not tell.
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

  private readonly stream: LogStream;
  /** Name of the stream, as far as we know. */
  private streamName: string | undefined;
  /** The oldest entry that the broker has failed to store since it last stored one, and how often. */
  private unstored: { readonly position: LogPosition; count: number } | undefined;

  constructor(private readonly parts: NatsLogParts) {
    this.stream = new LogStream(parts.name, parts.options, parts.jetStream, parts.ids, parts.timers);
  }

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

  async entryAt(position: LogPosition): Promise<LogEntry | undefined> {
    const stream = this.streamName ?? (await this.stream.find());
    const message = stream && (await this.parts.jetStream.messageAt(stream, position));
    if (!message) return undefined;
    return { subject: message.subject, position, data: Buffer.from(message.data ?? '', 'base64') };
  }

  async *follow(options: FollowOptions): AsyncGenerator<LogEntry> {
    const signal = AbortSignal.any([options.signal, this.parts.closed]);
    if (signal.aborted) return;
    const filter = this.filterOf(options);
    const buffer = new LogBuffer(filter, options.pendingMax ?? PENDING_MAX);
    const feed = new NatsLogFeed(
      this.parts,
      this.stream,
      filter,
      options.after,
      buffer,
      options.behindPatienceMs ?? BEHIND_PATIENCE_MS,
    );
    feed.start();
    try {
      yield* buffer.read(signal);
    } finally {
      feed.stop();
    }
  }

  /** Everything is said by the log's subject, so that the right to follow it is a right to nothing else. */
  private filterOf({ filter = '>' }: FollowOptions): string {
    const [subject, ...others] = this.parts.options.subjects;
    return filter === '>' && subject !== undefined && others.length === 0 ? subject : filter;
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
    const appending = this.openStream(entry, previous).then(() => this.appendNow(entry, previous));
    const first = appending.catch(() => {
      if (this.first === first) this.first = undefined;
    });
    this.first = first;
    await appending;
  }

  /** Nothing to be done for a gap, behind which there is another stream anyway. */
  private async openStream({ position }: LogEntry, previous: LogPosition): Promise<void> {
    if (position === previous + 1) this.moveTo(await this.stream.make());
  }

  private forgetAfterReconnect(): void {
    const { reconnectCount } = this.parts.wire;
    if (reconnectCount === this.reconnectCount) return;
    this.reconnectCount = reconnectCount;
    this.first = undefined;
    this.moveTo(undefined);
  }

  private moveTo(streamName: string | undefined): void {
    this.streamName = streamName;
    this.sequenceOffset = 0;
  }

  private async appendNow(entry: LogEntry, previous: LogPosition): Promise<void> {
    const before = entry.position - 1;
    if (previous !== before) await this.beginAnewAt(entry.position, previous);
    await this.appendAfter(before, entry, previous);
  }

  private async appendAfter(before: LogPosition, entry: LogEntry, previous: LogPosition): Promise<void> {
    for (let nobodyCount = 0; ; ) {
      const outcome = await this.publish(entry, before - this.sequenceOffset);
      if (outcome.kind === 'written') return;
      const last = await this.lastPosition();
      if (outcome.kind === 'nobody') {
        nobodyCount += 1;
        const isStillThere = this.streamName !== undefined && last === before;
        if (!isStillThere || nobodyCount > NOBODY_MAX) throw this.goneElsewhere(previous, last);
        await this.parts.timers.sleep(NOBODY_PAUSE_MS);
        continue;
      }
      const offset = last - outcome.brokerSequence;
      // Ours was refused although its predecessor is the last one: the broker counts differently from what we knew.
      if (last !== before || offset === this.sequenceOffset) throw new WrongPredecessorError(previous, last);
      this.sequenceOffset = offset;
    }
  }

  /** The stream may have been deleted: the next append makes it. */
  private goneElsewhere(expected: LogPosition, last: LogPosition): WrongPredecessorError {
    this.first = undefined;
    this.moveTo(undefined);
    return new WrongPredecessorError(expected, last);
  }

  /** Expires everything before `position`. */
  private async beginAnewAt(position: LogPosition, previous: LogPosition): Promise<void> {
    const last = await this.lastPosition();
    if (last !== previous) throw new WrongPredecessorError(previous, last);
    try {
      this.moveTo(await this.stream.replace(this.streamName, position));
    } catch (error) {
      throw error instanceof LogTakenError ? this.goneElsewhere(previous, await this.lastPosition()) : error;
    }
  }

  private async publish(entry: LogEntry, expectedSequence: number): Promise<Outcome> {
    const { jetStream } = this.parts;
    const { streamName } = this;
    if (streamName === undefined) return { kind: 'nobody' };
    const headers = {
      'Nats-Expected-Stream': streamName,
      'Nats-Expected-Last-Sequence': String(expectedSequence),
      [POSITION_HEADER]: String(entry.position),
    };
    try {
      const sequence = await jetStream.publish(entry.subject, entry.data, headers);
      this.unstored = undefined;
      if (sequence !== entry.position) await this.removeMisplaced(streamName, entry.position, sequence);
      return { kind: 'written' };
    } catch (error) {
      if (error instanceof NoResponderError || isJetStreamError(error, 'streamDiffers')) return { kind: 'nobody' };
      if (isMissingFile(error)) await this.giveUpUnstored(streamName, entry.position);
      if (!isJetStreamError(error, 'wrongLastSequence')) throw error;
      const [, sequence] = /(\d+)\s*$/.exec(error.description) ?? [];
      return { kind: 'refused', brokerSequence: Number(sequence) };
    }
  }

  /**
   * The stream's files are gone although the stream is there, as when somebody has removed them by hand. It is deleted: the writer knows everything that it
   * held. A full disk is another matter: what the stream holds is not lost, and nothing could be written in its place.
   */
  private async giveUpUnstored(streamName: string, position: LogPosition): Promise<void> {
    const { name, jetStream, logger } = this.parts;
    if (this.unstored === undefined || position < this.unstored.position) this.unstored = { position, count: 0 };
    if (position > this.unstored.position) return;
    this.unstored.count += 1;
    if (this.unstored.count <= STORE_FAILURES_MAX) return;
    this.unstored = undefined;
    logger.warn('the broker has lost the files of the log, it is deleted', { log: name, streamName, position });
    await jetStream.deleteStream(streamName);
    throw this.goneElsewhere(position - 1, 0);
  }

  /**
   * nats-server 2.9 can be wrong about its last sequence when another writer has begun the log anew meanwhile. No follower has taken the entry; what it
   * displaced can only be written again from the beginning.
   */
  private async removeMisplaced(streamName: string, position: LogPosition, sequence: LogPosition): Promise<never> {
    const { name, jetStream, logger } = this.parts;
    logger.warn('the broker put an entry in the wrong place, the log is deleted', { log: name, position, sequence });
    await jetStream.deleteStream(streamName);
    throw this.goneElsewhere(position - 1, 0);
  }

  private async state(): Promise<StreamState> {
    const known = this.streamName;
    const state = known && (await this.stateOf(known));
    if (state) return state;
    const found = await this.stream.find();
    if (found !== known) this.moveTo(found);
    return (found && (await this.stateOf(found))) || NO_STREAM;
  }

  private async stateOf(streamName: string): Promise<StreamState | undefined> {
    try {
      return (await this.parts.jetStream.streamInfo(streamName)).state;
    } catch (error) {
      if (isJetStreamError(error, 'streamNotFound')) return undefined;
      throw error;
    }
  }
}
