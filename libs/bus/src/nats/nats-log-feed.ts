import type { Msg, Subscription } from '@nats-io/nats-core';
import type { Milliseconds, Timer } from '@orrery/runtime';
import type { LogPosition } from '../bus.ts';
import { LogExpiredError, NoResponderError, RequestTimeoutError } from '../bus-errors.ts';
import type { LogBuffer } from '../messaging/log-buffer.ts';
import { isJetStreamError } from './jet-stream-api.ts';
import type { LogStream } from './log-stream.ts';
import type { NatsLogParts } from './nats-log.ts';
import { POSITION_HEADER, STREAM_ADVISORY } from './nats-log-conventions.ts';

const HEARTBEAT_MS = 5_000;
/** So many silent heartbeat intervals, and the consumer is taken for lost. */
const SILENCE_MAX = 3;
/** Pauses before a new consumer is tried double from the first to the last. */
const RETRY_DELAY_MIN_MS = 50;
const RETRY_DELAY_MAX_MS = 500;
const NANOSECONDS = 1_000_000;

interface Consumer {
  readonly subscription: Subscription;
  deliveredCount: number;
  /** Entries that overtook the answer to the consumer's creation; `undefined` once that is here. */
  early: Msg[] | undefined;
}

/** What the broker says about a consumer that it has made. */
type Beginning =
  | { readonly kind: 'after-ours'; readonly pendingCount: number }
  /** The log ends before our position: the broker has lost entries, and the writer will write them again. */
  | { readonly kind: 'behind-us'; readonly last: LogPosition }
  | { readonly kind: 'expired'; readonly first: LogPosition }
  /** Its writer is about to make it. */
  | { readonly kind: 'no-log' };

/**
 * Fills a `LogBuffer` from a stream through a push consumer of its own. The broker may forget the consumer at any time; then a new one starts after
 * the last entry that was received, so that nothing is skipped or repeated. A reader that is still catching up and falls
 * behind is fed again from there when it has read what it has.
 *
 * A consumer steps over entries that were removed before it came to them, and says nothing. A follower of everything sees it from the
 * positions. One with a filter asks, whenever it has caught up, whether the place from which it did so is still kept.
 */
export class NatsLogFeed {
  private consumer: Consumer | undefined;
  /** Where the consumer is. */
  private streamName: string | undefined;
  private heartbeats: Timer | undefined;
  private retry: Timer | undefined;
  private retryDelay: Milliseconds = RETRY_DELAY_MIN_MS;
  /** How long the log has ended before our position. */
  private behindFor: Milliseconds = 0;
  private forgetReconnects: (() => void) | undefined;
  private advisories: Subscription | undefined;
  private silence = 0;
  private isStopped = false;
  /** The broker has nothing more for us than what it has sent. */
  private isDrained = false;
  /** The reader has been up to date once; from then on it may not fall behind. */
  private isLive = false;
  /** Entries after this one may have been removed before they came to us; `undefined`: none. */
  private uncertainAfter: LogPosition | undefined;
  /** Every entry matches our filter. */
  private readonly takesAll: boolean;

  constructor(
    private readonly parts: NatsLogParts,
    private readonly stream: LogStream,
    private readonly filter: string,
    /** Last entry received. */
    private position: LogPosition,
    private readonly buffer: LogBuffer,
    private readonly behindPatience: Milliseconds,
  ) {
    const { subjects } = parts.options;
    this.takesAll = filter === '>' || (subjects.length === 1 && subjects[0] === filter);
  }

  start(): void {
    const { wire, timers } = this.parts;
    this.buffer.onEmpty = () => this.readerCaughtUp();
    this.forgetReconnects = wire.onReconnect(() => this.open());
    this.heartbeats = timers.every(HEARTBEAT_MS, () => this.onHeartbeat());
    if (!wire.connection.isClosed()) {
      this.advisories = wire.connection.subscribe(STREAM_ADVISORY, {
        callback: (error, { subject }) => {
          if (!error) this.receiveAdvisory(subject);
        },
      });
    }
    this.open();
  }

  stop(): void {
    this.isStopped = true;
    this.forgetReconnects?.();
    this.heartbeats?.cancel();
    if (this.advisories) this.parts.wire.unsubscribe(this.advisories);
    this.drop();
  }

  /** Our stream was deleted, or another one takes its place. */
  private receiveAdvisory(subject: string): void {
    const [streamName = '', event] = subject.split('.').reverse();
    const isOurs = streamName === this.streamName;
    if (isOurs ? event === 'DELETED' : event !== 'DELETED' && this.stream.isOurs(streamName)) this.open();
  }

  /** Starts a new consumer after the last entry received. */
  private open(): void {
    this.drop();
    if (this.isStopped || this.parts.wire.connection.isClosed()) return;
    this.silence = 0;
    this.isDrained = false;
    const name = this.parts.ids.suffix(16);
    const deliverSubject = `${this.parts.wire.inbox}.l.${name}`;
    const subscription = this.parts.wire.connection.subscribe(deliverSubject, {
      callback: (error, message) => {
        if (error) this.buffer.fail(error);
        else if (this.consumer === consumer) this.receive(message);
      },
    });
    const consumer: Consumer = { subscription, deliveredCount: 0, early: [] };
    this.consumer = consumer;
    void this.create(name, deliverSubject).then(
      (beginning) => {
        if (this.consumer === consumer) this.begin(beginning);
      },
      (error: unknown) => {
        if (this.consumer === consumer) this.recover(error);
      },
    );
  }

  private async create(name: string, deliverSubject: string): Promise<Beginning> {
    const { position } = this;
    const streamName = await this.stream.find();
    if (streamName === undefined) return { kind: 'no-log' };
    this.streamName = streamName;
    const info = await this.parts.jetStream.createConsumer(streamName, name, {
      ...this.startingAfter(position),
      deliver_subject: deliverSubject,
      flow_control: true,
      idle_heartbeat: HEARTBEAT_MS * NANOSECONDS,
    });
    // The broker starts at the oldest entry where the one we asked for is gone, and after the newest where ours is still to come.
    const startsAfter = info.delivered.stream_seq;
    if (startsAfter > position) return { kind: 'expired', first: startsAfter + 1 };
    if (startsAfter < position) return { kind: 'behind-us', last: startsAfter };
    return { kind: 'after-ours', pendingCount: info.num_pending };
  }

  private startingAfter(position: LogPosition): { readonly filter_subject: string } & Record<string, unknown> {
    return {
      filter_subject: this.filter,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: position + 1,
      ack_policy: 'none',
      max_deliver: 1,
      replay_policy: 'instant',
      num_replicas: 1,
      mem_storage: true,
    };
  }

  private begin(beginning: Beginning): void {
    switch (beginning.kind) {
      case 'expired':
        this.drop();
        this.buffer.fail(new LogExpiredError(this.position, beginning.first));
        return;
      case 'behind-us':
        this.waitForLog(beginning.last);
        return;
      case 'after-ours':
        this.behindFor = 0;
        this.isDrained = beginning.pendingCount === 0;
        if (this.isDrained) this.retryDelay = RETRY_DELAY_MIN_MS;
        else this.uncertainAfter ??= this.position;
        this.takeEarly();
        return;
      case 'no-log':
        this.drop();
        this.openLater();
        return;
      default:
        beginning satisfies never;
    }
  }

  private waitForLog(last: LogPosition): void {
    this.drop();
    this.behindFor += this.retryDelay;
    if (this.behindFor > this.behindPatience) this.buffer.fail(new LogExpiredError(this.position, last + 1));
    else this.openLater();
  }

  private recover(error: unknown): void {
    this.drop();
    if (isTransient(error)) this.openLater();
    else this.buffer.fail(error instanceof Error ? error : new Error(String(error)));
  }

  private openLater(): void {
    const delay = this.retryDelay;
    this.retryDelay = Math.min(delay * 2, RETRY_DELAY_MAX_MS);
    this.retry = this.parts.timers.after(delay, () => this.open());
  }

  private drop(): void {
    this.retry?.cancel();
    this.retry = undefined;
    if (this.consumer) this.parts.wire.unsubscribe(this.consumer.subscription);
    this.consumer = undefined;
  }

  /** Entries may overtake the answer to the creation, which tells whether they are the right ones. */
  private takeEarly(): void {
    const { consumer } = this;
    if (consumer === undefined) return;
    const early = consumer.early ?? [];
    consumer.early = undefined;
    for (const message of early) {
      if (this.consumer === consumer) this.receive(message);
    }
    this.buffer.announceEmpty();
  }

  private receive(message: Msg): void {
    const { consumer } = this;
    if (consumer === undefined) return;
    this.silence = 0;
    if (message.headers?.code === 100) this.receiveControl(message);
    else if (consumer.early) consumer.early.push(message);
    else this.receiveEntry(message);
  }

  private receiveControl(message: Msg): void {
    const { consumer } = this;
    if (message.reply) message.respond();
    const stalled = message.headers?.get('Nats-Consumer-Stalled');
    if (stalled) this.parts.wire.connection.publish(stalled);
    const lastSent = message.headers?.get('Nats-Last-Consumer');
    if (!lastSent || consumer === undefined || consumer.early !== undefined) return;
    if (Number(lastSent) !== consumer.deliveredCount) this.open();
    else if (!stalled) this.drained();
  }

  /** A consumer with nothing to send says so, also where its count of pending entries is wrong, as that of nats-server 2.9 is after a purge. */
  private drained(): void {
    this.isDrained = true;
    this.becomeCertain();
    this.buffer.announceEmpty();
  }

  private receiveEntry(message: Msg): void {
    const { consumer, buffer } = this;
    const place = placeOf(message.reply ?? '');
    if (consumer === undefined) return;
    if (place === undefined || place.delivery !== consumer.deliveredCount + 1) {
      this.parts.logger.warn('log delivery lost', { log: this.parts.name, after: this.position });
      this.open();
      return;
    }
    consumer.deliveredCount = place.delivery;
    if (!this.isInPlace(message, place)) return;
    if (place.pendingCount > 0) this.uncertainAfter ??= this.position;
    this.isDrained = place.pendingCount === 0;
    if (!this.isLive && buffer.isFull) {
      this.drop();
      return;
    }
    this.retryDelay = RETRY_DELAY_MIN_MS;
    this.position = place.position;
    buffer.push({ subject: message.subject, position: place.position, data: message.data });
    if (this.isDrained && !this.isLive) this.becomeCertain();
  }

  /** Whether the entry is the next for us, and where its writer meant it to be. */
  private isInPlace({ headers }: Msg, { position }: Place): boolean {
    if (position <= this.position) return false;
    if (Number(headers?.get(POSITION_HEADER)) !== position) {
      // Somebody else has written to the stream; the log's writer is about to replace it.
      this.parts.logger.warn('a foreign entry in the log', { log: this.parts.name, position });
      this.drop();
      this.openLater();
      return false;
    }
    if (!this.takesAll || position === this.position + 1) return true;
    this.drop();
    this.buffer.fail(new LogExpiredError(this.position, position));
    return false;
  }

  /** Asks whether anything was removed before it came to us. */
  private becomeCertain(): void {
    const { uncertainAfter: after, takesAll } = this;
    this.uncertainAfter = undefined;
    if (after === undefined || takesAll) return;
    this.firstAfter(after).then(
      (first) => {
        if (first > after + 1) this.buffer.fail(new LogExpiredError(after, first));
      },
      (error: unknown) => {
        if (!this.isStopped && !isTransient(error)) this.parts.logger.warn('cannot ask about the log', { error });
        this.uncertainAfter = Math.min(after, this.uncertainAfter ?? after);
      },
    );
  }

  /** The oldest position after `after` that is still kept, which only the making of a consumer tells to everybody. It is soon forgotten. */
  private async firstAfter(after: LogPosition): Promise<LogPosition> {
    const { jetStream, name, ids } = this.parts;
    const info = await jetStream.createConsumer(this.streamName ?? name, ids.suffix(16), this.startingAfter(after));
    return info.delivered.stream_seq + 1;
  }

  private readerCaughtUp(): void {
    if (this.isStopped) return;
    if (this.consumer === undefined && this.retry === undefined && !this.isLive) this.open();
    else if (this.isDrained && this.consumer?.early === undefined) this.isLive = true;
  }

  private onHeartbeat(): void {
    if (this.isDrained && this.consumer !== undefined) this.becomeCertain();
    this.silence += 1;
    if (this.silence < SILENCE_MAX || this.consumer === undefined) return;
    this.parts.logger.warn('log consumer silent', { log: this.parts.name, after: this.position });
    this.open();
  }
}

/** The broker may be about to come back, or the log's writer to make the log. */
function isTransient(error: unknown): boolean {
  return (
    error instanceof RequestTimeoutError ||
    error instanceof NoResponderError ||
    isJetStreamError(error, 'streamNotFound') ||
    isJetStreamError(error, 'consumerStreamInvalid')
  );
}

interface Place {
  readonly position: LogPosition;
  /** Counts what this consumer has been sent, from 1. */
  readonly delivery: number;
  /** Entries that match and are still to be sent. */
  readonly pendingCount: number;
}

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`; with a domain, two tokens more in front. */
function placeOf(ackSubject: string): Place | undefined {
  const tokens = ackSubject.split('.');
  const start = tokens.length === 9 ? 5 : 7;
  const [position, delivery, , pendingCount] = tokens.slice(start).map(Number);
  if (position === undefined || delivery === undefined || pendingCount === undefined) return undefined;
  return { position, delivery, pendingCount };
}
