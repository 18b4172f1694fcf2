import { errors, headers, type Msg, type NatsConnection, type Subscription } from '@nats-io/nats-core';
import type { Logger, Timers } from '@orrery/runtime';
import { BusClosedError } from '../bus-errors.ts';
import type { RefusalListener, Wire, WireHeaders, WireMessage, WireSubscription } from '../messaging/wire.ts';
import { HEADER_BYTES_MAX } from '../payload-limit.ts';

const NO_HEADERS: WireHeaders = {};
const NO_RESPONDERS = 503;

interface OutgoingMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply: string | undefined;
  readonly headers: WireHeaders | undefined;
}

/** One connection to a NATS server. */
export class NatsWire implements Wire {
  private readonly refusalListeners = new Set<RefusalListener>();
  private readonly reconnectListeners = new Set<() => void>();
  private isConnected = true;
  /** Sent in this turn of the event loop; who sends waits for answers, and so bounds it. */
  private outgoing: OutgoingMessage[] = [];
  private reconnects = 0;
  /** As the broker said last: without a connection it says nothing. */
  private messageBytesMax: number;

  constructor(
    readonly connection: NatsConnection,
    readonly inbox: string,
    private readonly timers: Pick<Timers, 'soon'>,
    private readonly logger: Logger,
  ) {
    this.messageBytesMax = connection.info?.max_payload ?? 0;
    void this.watchStatus();
  }

  get payloadBytesMax(): number {
    return this.messageBytesMax - HEADER_BYTES_MAX;
  }

  /** How often the connection has been made anew. */
  get reconnectCount(): number {
    return this.reconnects;
  }

  send(subject: string, data: Uint8Array, reply?: string, headers?: WireHeaders): void {
    this.outgoing.push({ subject, data, reply, headers });
    if (this.outgoing.length === 1) this.timers.soon(() => this.sendAll());
  }

  /** All at once, so that they share a packet. */
  private sendAll(): void {
    const { outgoing, connection } = this;
    this.outgoing = [];
    if (!this.isConnected || connection.isClosed()) return;
    for (const { subject, data, reply, headers } of outgoing) {
      connection.publish(subject, data, { reply, headers: headers && natsHeaders(headers) });
    }
  }

  receive(subject: string, queue: string | undefined, receiver: (message: WireMessage) => void): WireSubscription {
    const subscription = this.connection.subscribe(subject, {
      queue,
      callback: (error, message) => {
        if (error) this.refuse(subject);
        else receiver(wireMessage(message));
      },
    });
    return { stop: () => this.unsubscribe(subscription) };
  }

  onRefusal(listener: RefusalListener): void {
    this.refusalListeners.add(listener);
  }

  onReconnect(listener: () => void): () => void {
    this.reconnectListeners.add(listener);
    return () => this.reconnectListeners.delete(listener);
  }

  /** Like `unsubscribe` of the subscription; nothing happens where the connection is closed. */
  unsubscribe(subscription: Subscription): void {
    if (!this.connection.isClosed()) subscription.unsubscribe();
  }

  async flush(): Promise<void> {
    this.sendAll();
    try {
      await this.connection.flush();
    } catch (error) {
      if (this.connection.isClosed()) throw new BusClosedError();
      // Not connected: subscriptions come into force with the next connection, messages are lost.
      this.logger.debug('flush without a connection', { error });
    }
  }

  async close(): Promise<void> {
    if (this.isConnected && !this.connection.isClosed()) await this.flush();
    await this.connection.close();
  }

  private async watchStatus(): Promise<void> {
    for await (const status of this.connection.status()) {
      switch (status.type) {
        case 'disconnect':
          this.isConnected = false;
          this.logger.warn('broker lost', { server: status.server });
          break;
        case 'reconnect':
          this.isConnected = true;
          this.reconnects += 1;
          this.messageBytesMax = this.connection.info?.max_payload ?? this.messageBytesMax;
          this.logger.info('broker found again', { server: status.server });
          for (const listener of this.reconnectListeners) listener();
          break;
        case 'error':
          this.noteError(status.error);
          break;
        default:
      }
    }
  }

  private refuse(subject: string): void {
    for (const listener of this.refusalListeners) listener(subject);
  }

  private noteError(error: Error): void {
    if (error instanceof errors.PermissionViolationError) {
      this.logger.warn('broker refused', { subject: error.subject, operation: error.operation });
      this.refuse(error.subject);
    } else {
      this.logger.warn('broker error', { error });
    }
  }
}

function natsHeaders(wireHeaders: WireHeaders): ReturnType<typeof headers> {
  const made = headers();
  for (const [name, value] of Object.entries(wireHeaders)) made.set(name, value);
  return made;
}

function wireMessage(message: Msg): WireMessage {
  const { subject, data, reply, headers: received } = message;
  if (received === undefined) {
    return { subject, data, reply: reply || undefined, headers: NO_HEADERS, isNoResponders: false };
  }
  const found: Record<string, string> = {};
  for (const name of received.keys()) found[name] = received.get(name);
  const isNoResponders = received.code === NO_RESPONDERS && data.length === 0;
  return { subject, data, reply: reply || undefined, headers: found, isNoResponders };
}
