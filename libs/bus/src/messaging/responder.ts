import type { Logger, Timers } from '@orrery/runtime';
import type { Message, RequestHandler, ServeOptions, StreamHandler, Subscription } from '../bus.ts';
import { PayloadTooLargeError } from '../bus-errors.ts';
import { ConcurrencyGate } from './concurrency-gate.ts';
import { ERROR_HEADER } from './reply-headers.ts';
import { StreamedReply } from './streamed-reply.ts';
import type { Wire } from './wire.ts';

const CONCURRENCY_MAX = 1_024;
const WAITING_MAX = 65_536;

/** The answering side of requests. */
export class Responder {
  private readonly streams = new Set<StreamedReply>();
  private streamCount = 0;

  constructor(
    private readonly wire: Wire,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  serve(subject: string, handler: RequestHandler, options: ServeOptions = {}): Subscription {
    return this.serveWith(subject, options, (message, reply) => this.answer(message, reply, handler));
  }

  serveMany(subject: string, handler: StreamHandler, options: ServeOptions = {}): Subscription {
    return this.serveWith(subject, options, (message, reply) => this.stream(message, reply, handler));
  }

  /** Tells all running streams that nobody listens any more. */
  close(): void {
    for (const stream of this.streams) stream.cancel();
  }

  private serveWith(
    subject: string,
    options: ServeOptions,
    work: (message: Message, reply: string) => Promise<void>,
  ): Subscription {
    const gate = new ConcurrencyGate(options.concurrencyMax ?? CONCURRENCY_MAX, WAITING_MAX);
    const subscription = this.wire.receive(subject, options.queue, (message) => {
      const { reply } = message;
      if (reply === undefined) return;
      try {
        gate.run(() => work({ subject: message.subject, data: message.data }, reply));
      } catch (error) {
        this.sendError(reply, error);
      }
    });
    return {
      stop: async () => {
        subscription.stop();
        await gate.drained();
      },
    };
  }

  private async answer(message: Message, reply: string, handler: RequestHandler): Promise<void> {
    try {
      const data = await handler(message);
      this.mustFit(reply, data);
      this.wire.send(reply, data);
    } catch (error) {
      this.logger.debug('request failed', { subject: message.subject, error });
      this.sendError(reply, error);
    }
  }

  private async stream(message: Message, reply: string, handler: StreamHandler): Promise<void> {
    this.streamCount += 1;
    const control = `${this.wire.inbox}.c.${this.streamCount}`;
    const stream = new StreamedReply(this.wire, this.timers, reply, control);
    this.streams.add(stream);
    const subscription = this.wire.receive(control, undefined, (control) => stream.control(control));
    try {
      stream.accept();
      for await (const chunk of handler(message, stream.signal)) {
        this.mustFit(reply, chunk);
        if (!(await stream.send(chunk))) break;
      }
      stream.end();
    } catch (error) {
      this.logger.debug('stream failed', { subject: message.subject, error });
      if (!stream.signal.aborted) this.sendError(reply, error);
    } finally {
      subscription.stop();
      this.streams.delete(stream);
    }
  }

  private mustFit(subject: string, data: Uint8Array): void {
    const { payloadBytesMax } = this.wire;
    if (data.length > payloadBytesMax) throw new PayloadTooLargeError(subject, data.length, payloadBytesMax);
  }

  private sendError(reply: string, error: unknown): void {
    const { name, message } = namedError(error);
    this.wire.send(reply, Buffer.from(message), undefined, { [ERROR_HEADER]: name });
  }
}

/** Not `instanceof`: an error may come from another realm. */
function namedError(error: unknown): { name: string; message: string } {
  if (typeof error === 'object' && error !== null && 'name' in error && 'message' in error) {
    return { name: String(error.name), message: String(error.message) };
  }
  return { name: 'Error', message: String(error) };
}
