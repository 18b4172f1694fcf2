import type { Logger, Timers } from '@orrery/runtime';
import type {
  Bus,
  Log,
  LogOptions,
  MessageHandler,
  RequestHandler,
  RequestOptions,
  ServeOptions,
  StreamHandler,
  SubscribeOptions,
  Subscription,
} from '../bus.ts';
import { BusClosedError, NotPermittedError, PayloadTooLargeError } from '../bus-errors.ts';
import { MessagePump, PENDING_MAX } from './message-pump.ts';
import { Requester } from './requester.ts';
import { Responder } from './responder.ts';
import type { Wire } from './wire.ts';

export interface WireBusParts {
  readonly wire: Wire;
  readonly timers: Timers;
  readonly logger: Logger;
}

/** A `Bus` on any `Wire`. What differs between brokers besides the wire is the log, which a subclass adds. */
export abstract class WireBus implements Bus {
  protected readonly requester: Requester;
  private readonly responder: Responder;
  private readonly subscriptions = new Set<Subscription>();
  /** Subjects of subscriptions that the broker has not confirmed yet, and whether it has refused one. */
  private readonly unconfirmed = new Map<string, { isRefused: boolean }>();
  private closing: Promise<void> | undefined;

  protected constructor(protected readonly parts: WireBusParts) {
    const { wire, timers, logger } = parts;
    this.requester = new Requester(wire, timers);
    this.responder = new Responder(wire, timers, logger);
    wire.onRefusal((subject) => {
      const state = this.unconfirmed.get(subject);
      if (state) state.isRefused = true;
    });
  }

  abstract log(name: string, options: LogOptions): Promise<Log>;

  publish(subject: string, data: Uint8Array): void {
    this.mustBeOpen();
    this.mustFit(subject, data);
    this.parts.wire.send(subject, data);
  }

  async subscribe(subject: string, handler: MessageHandler, options: SubscribeOptions = {}): Promise<Subscription> {
    this.mustBeOpen();
    const pump = new MessagePump(subject, handler, options.pendingMax ?? PENDING_MAX, this.parts.logger);
    const receiving = this.parts.wire.receive(subject, options.queue, (message) =>
      pump.push({ subject: message.subject, data: message.data }),
    );
    const stop = (): Promise<void> => {
      receiving.stop();
      return pump.stop();
    };
    return this.inForce(subject, { stop });
  }

  async request(subject: string, data: Uint8Array, options?: RequestOptions): Promise<Uint8Array> {
    this.mustBeOpen();
    this.mustFit(subject, data);
    return this.requester.request(subject, data, options);
  }

  async *requestMany(subject: string, data: Uint8Array, options?: RequestOptions): AsyncGenerator<Uint8Array> {
    this.mustBeOpen();
    this.mustFit(subject, data);
    yield* this.requester.requestMany(subject, data, options);
  }

  async serve(subject: string, handler: RequestHandler, options?: ServeOptions): Promise<Subscription> {
    this.mustBeOpen();
    return this.inForce(subject, this.responder.serve(subject, handler, options));
  }

  async serveMany(subject: string, handler: StreamHandler, options?: ServeOptions): Promise<Subscription> {
    this.mustBeOpen();
    return this.inForce(subject, this.responder.serveMany(subject, handler, options));
  }

  onReconnect(listener: () => void): () => void {
    return this.parts.wire.onReconnect(listener);
  }

  async flush(): Promise<void> {
    this.mustBeOpen();
    await this.parts.wire.flush();
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  /** Ends what the subclass has running. */
  protected abstract stopLogs(): void;

  protected mustBeOpen(): void {
    if (this.closing) throw new BusClosedError();
  }

  private async shutDown(): Promise<void> {
    this.requester.close();
    this.responder.close();
    this.stopLogs();
    // Handlers that are still at work are not waited for: one that hangs would keep the process from ending.
    for (const subscription of [...this.subscriptions]) void subscription.stop();
    await this.parts.wire.close();
  }

  private async inForce(subject: string, subscription: Subscription): Promise<Subscription> {
    const tracked: Subscription = {
      stop: async () => {
        this.subscriptions.delete(tracked);
        await subscription.stop();
      },
    };
    this.subscriptions.add(tracked);
    const state = { isRefused: false };
    this.unconfirmed.set(subject, state);
    await this.parts.wire.flush();
    this.unconfirmed.delete(subject);
    if (!state.isRefused) return tracked;
    await tracked.stop();
    throw new NotPermittedError(subject);
  }

  private mustFit(subject: string, data: Uint8Array): void {
    const { payloadBytesMax } = this.parts.wire;
    if (data.length > payloadBytesMax) throw new PayloadTooLargeError(subject, data.length, payloadBytesMax);
  }
}
