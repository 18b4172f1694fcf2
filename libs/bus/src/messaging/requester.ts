import { AbortedError, type Timers } from '@orrery/runtime';
import type { RequestOptions } from '../bus.ts';
import {
  BusClosedError,
  NoResponderError,
  NotPermittedError,
  RemoteError,
  RequestTimeoutError,
} from '../bus-errors.ts';
import { CONTROL_CANCEL, ERROR_HEADER } from './reply-headers.ts';
import { ReplyStream } from './reply-stream.ts';
import type { Wire, WireHeaders, WireMessage } from './wire.ts';

export const REQUEST_TIMEOUT_MS = 5_000;

/** Whoever waits on an inbox subject. */
interface Waiter {
  readonly subject: string;
  receive(message: WireMessage): void;
  fail(error: Error): void;
}

/** The asking side of requests: one inbox for all of them, told apart by its last token. */
export class Requester {
  private readonly waiters = new Map<string, Waiter>();
  private count = 0;
  private isListening = false;
  private isClosed = false;

  constructor(
    private readonly wire: Wire,
    private readonly timers: Timers,
  ) {
    wire.onRefusal((subject) => this.refuse(subject));
  }

  request(subject: string, data: Uint8Array, options: RequestOptions = {}, headers?: WireHeaders): Promise<Uint8Array> {
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        timer.cancel();
        options.signal?.removeEventListener('abort', abort);
        this.waiters.delete(token);
      };
      const fail = (error: Error): void => {
        finish();
        reject(error);
      };
      const abort = (): void => fail(new AbortedError(`request ${subject}`, { cause: options.signal?.reason }));
      const receive = (message: WireMessage): void => {
        const failure = failureOf(subject, message);
        finish();
        if (failure) reject(failure);
        else resolve(message.data);
      };
      const token = this.wait({ subject, receive, fail });
      const timer = this.timers.after(timeoutMs, () => fail(new RequestTimeoutError(subject, timeoutMs)));
      if (this.isClosed) return fail(new BusClosedError());
      if (options.signal?.aborted) return abort();
      options.signal?.addEventListener('abort', abort, { once: true });
      this.wire.send(subject, data, this.replySubject(token), headers);
    });
  }

  async *requestMany(subject: string, data: Uint8Array, options: RequestOptions = {}): AsyncGenerator<Uint8Array> {
    if (this.isClosed) throw new BusClosedError();
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const stream = new ReplyStream(subject, timeoutMs, this.wire, this.timers);
    const abort = (): void => stream.fail(new AbortedError(`request ${subject}`, { cause: options.signal?.reason }));
    const receive = (message: WireMessage): void => {
      const failure = failureOf(subject, message);
      if (failure) stream.fail(failure);
      else stream.receive(message);
    };
    const token = this.wait({ subject, receive, fail: (error) => stream.fail(error) });
    if (options.signal?.aborted) abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    try {
      if (!options.signal?.aborted) this.wire.send(subject, data, this.replySubject(token));
      for (let chunk = await stream.next(); chunk; chunk = await stream.next()) yield chunk;
    } finally {
      this.waiters.delete(token);
      options.signal?.removeEventListener('abort', abort);
      stream.leave();
    }
  }

  close(): void {
    this.isClosed = true;
    for (const waiter of [...this.waiters.values()]) waiter.fail(new BusClosedError());
  }

  private wait(waiter: Waiter): string {
    this.listen();
    this.count += 1;
    const token = String(this.count);
    this.waiters.set(token, waiter);
    return token;
  }

  private replySubject(token: string): string {
    return `${this.wire.inbox}.r.${token}`;
  }

  private listen(): void {
    if (this.isListening || this.isClosed) return;
    this.isListening = true;
    this.wire.receive(`${this.wire.inbox}.r.*`, undefined, (message) => {
      const waiter = this.waiters.get(message.subject.slice(message.subject.lastIndexOf('.') + 1));
      if (waiter) waiter.receive(message);
      // A stream that was left before its first chunk came: only now is it known where to say so.
      else if (message.reply !== undefined) this.wire.send(message.reply, Buffer.from(CONTROL_CANCEL));
    });
  }

  private refuse(subject: string): void {
    for (const waiter of [...this.waiters.values()]) {
      if (waiter.subject === subject) waiter.fail(new NotPermittedError(subject));
    }
  }
}

function failureOf(subject: string, message: WireMessage): Error | undefined {
  if (message.isNoResponders) return new NoResponderError(subject);
  const name = message.headers[ERROR_HEADER];
  return name === undefined ? undefined : new RemoteError(subject, name, Buffer.from(message.data).toString('utf8'));
}
