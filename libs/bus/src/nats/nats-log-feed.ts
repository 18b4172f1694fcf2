import type { Msg, Subscription } from '@nats-io/nats-core';
import type { Timer } from '@orrery/runtime';
import type { LogPosition } from '../bus.ts';
import { LogExpiredError, NoResponderError, RequestTimeoutError } from '../bus-errors.ts';
import type { LogBuffer } from '../messaging/log-buffer.ts';
import { isJetStreamError } from './jet-stream-api.ts';
import type { NatsLogParts } from './nats-log.ts';

const HEARTBEAT_MS = 5_000;
/** So many silent heartbeat intervals, and the consumer is taken for lost. */
const SILENCE_MAX = 3;
const RETRY_DELAY_MS = 50;
const NANOSECONDS = 1_000_000;

/**
 * Fills a `LogBuffer` from a stream through a push consumer of its own. The broker may forget the consumer at any time; then a new one starts after
 * the last entry that was received, so that nothing is skipped or repeated. A reader that is still catching up and falls
 * behind is fed again from there when it has read what it has.
 */
export class NatsLogFeed {
  private consumer:
    | { readonly subscription: Subscription; deliveredCount: number; early: Msg[] | undefined }
    | undefined;
  private heartbeats: Timer | undefined;
  private retry: Timer | undefined;
  private forgetReconnects: (() => void) | undefined;
  private silence = 0;
  private isStopped = false;
  /** The broker has nothing more for us than what it has sent. */
  private isDrained = false;
  /** The reader has been up to date once; from then on it may not fall behind. */
  private isLive = false;

  constructor(
    private readonly parts: NatsLogParts,
    private readonly filter: string,
    /** Last entry received. */
    private position: LogPosition,
    private readonly buffer: LogBuffer,
  ) {}

  start(): void {
    this.buffer.onEmpty = () => this.readerCaughtUp();
    this.forgetReconnects = this.parts.wire.onReconnect(() => this.open());
    this.heartbeats = this.parts.timers.every(HEARTBEAT_MS, () => this.listenForHeart());
    this.open();
  }

  stop(): void {
    this.isStopped = true;
    this.forgetReconnects?.();
    this.heartbeats?.cancel();
    this.drop();
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
    const consumer = { subscription, deliveredCount: 0, early: [] as Msg[] };
    this.consumer = consumer;
    void this.create(name, deliverSubject).then(
      (pendingCount) => {
        if (this.consumer !== consumer || pendingCount === undefined) return;
        if (pendingCount === 0) this.isDrained = true;
        this.takeEarly();
      },
      (error: unknown) => {
        if (this.consumer === consumer) this.recover(error);
      },
    );
  }

  /** How many entries wait for us, or `undefined` where the log has expired. */
  private async create(name: string, deliverSubject: string): Promise<number | undefined> {
    const { position } = this;
    const info = await this.parts.jetStream.createConsumer(this.parts.name, name, {
      filter_subject: this.filter,
      deliver_subject: deliverSubject,
      deliver_policy: 'by_start_sequence',
      opt_start_seq: position + 1,
      ack_policy: 'none',
      max_deliver: 1,
      replay_policy: 'instant',
      flow_control: true,
      idle_heartbeat: HEARTBEAT_MS * NANOSECONDS,
      num_replicas: 1,
      mem_storage: true,
    });
    // The broker starts at the oldest entry where the one we asked for is gone, and after the newest where ours is still to come.
    const startsAfter = info.delivered.stream_seq;
    if (startsAfter <= position) return info.num_pending;
    this.buffer.fail(new LogExpiredError(position, startsAfter + 1));
    return undefined;
  }

  private recover(error: unknown): void {
    const isTransient =
      error instanceof RequestTimeoutError ||
      error instanceof NoResponderError ||
      isJetStreamError(error, 'streamNotFound');
    this.drop();
    if (isTransient) this.retry = this.parts.timers.after(RETRY_DELAY_MS, () => this.open());
    else this.buffer.fail(error instanceof Error ? error : new Error(String(error)));
  }

  private drop(): void {
    this.retry?.cancel();
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
    if (lastSent && consumer?.early === undefined && Number(lastSent) !== consumer?.deliveredCount) this.open();
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
    this.isDrained = place.pendingCount === 0;
    if (place.position <= this.position) return;
    if (!this.isLive && buffer.isFull) {
      this.drop();
      return;
    }
    this.position = place.position;
    buffer.push({ subject: message.subject, position: place.position, data: message.data });
  }

  private readerCaughtUp(): void {
    if (this.isStopped) return;
    if (this.consumer === undefined && !this.isLive) this.open();
    else if (this.isDrained && this.consumer?.early === undefined) this.isLive = true;
  }

  private listenForHeart(): void {
    this.silence += 1;
    if (this.silence < SILENCE_MAX || this.consumer === undefined) return;
    this.parts.logger.warn('log consumer silent', { log: this.parts.name, after: this.position });
    this.open();
  }
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
