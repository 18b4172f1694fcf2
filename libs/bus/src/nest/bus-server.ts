import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import type { Bus, Message, Subscription } from '../bus.ts';
import type { Subjects } from '../subjects.ts';
import { BUS_TRANSPORT, type BusContext, type BusPatternOptions } from './bus-patterns.ts';

type BusHandler = MessageHandler<Uint8Array, BusContext, unknown>;

/**
 * Connects a Nest application's controllers to a bus: `app.connectMicroservice({ strategy: new BusServer(bus, subjects) })`. Use it with
 * `BusErrorFilter`, or Nest turns what handlers throw into "Internal server error". Does not close the bus.
 */
export class BusServer extends Server implements CustomTransportStrategy {
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly subjects: Subjects,
  ) {
    super();
    this.transportId = BUS_TRANSPORT;
  }

  /** Calls back when all subjects are served. */
  listen(callback: (error?: unknown) => void): void {
    this.serveAll().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  async close(): Promise<void> {
    const { subscriptions } = this;
    this.subscriptions = [];
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
  }

  /** The bus reports its own state to the log; there are no events here. */
  on(): void {}

  unwrap<T>(): T {
    return this.bus as T;
  }

  private async serveAll(): Promise<void> {
    for (const [pattern, handler] of this.messageHandlers) {
      this.subscriptions.push(await this.serve(`${this.subjects.cluster}.${pattern}`, handler));
    }
  }

  private serve(subject: string, handler: BusHandler): Promise<Subscription> {
    const options: BusPatternOptions = handler.extras ?? {};
    switch (handler.extras?.kind) {
      case 'stream':
        return this.bus.serveMany(subject, (message, signal) => this.stream(handler, message, signal), options);
      case 'subscribe':
        return this.bus.subscribe(subject, (message) => this.notify(handler, message), options);
      default:
        return this.bus.serve(subject, (message) => this.answer(handler, message), options);
    }
  }

  private async answer(handler: BusHandler, message: Message): Promise<Uint8Array> {
    const result = await lastOf(this.transformToObservable(await handler(message.data, this.contextOf(message))));
    if (result instanceof Uint8Array) return result;
    throw new TypeError(`the handler of ${message.subject} returned no bytes`);
  }

  private async *stream(handler: BusHandler, message: Message, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const result: unknown = await handler(message.data, { ...this.contextOf(message), signal });
    if (!isChunks(result)) throw new TypeError(`the handler of ${message.subject} returned no stream`);
    yield* result;
  }

  private async notify(handler: BusHandler, message: Message): Promise<void> {
    await lastOf(this.transformToObservable(await handler(message.data, this.contextOf(message))));
  }

  private contextOf(message: Message): BusContext {
    return { subject: message.subject, subjects: this.subjects };
  }
}

interface Observed {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): unknown;
}

function lastOf(observable: Observed): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    observable.subscribe({
      next: (value) => {
        last = value;
      },
      error: reject,
      complete: () => resolve(last),
    });
  });
}

function isChunks(result: unknown): result is AsyncIterable<Uint8Array> {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
}
