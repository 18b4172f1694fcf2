import type { StreamListener } from '../http2/server-stream.ts';
import { Call, type CallParts } from './call.ts';
import { GrpcCode, GrpcError } from './grpc-error.ts';
import type { GrpcStream, StreamHandler } from './grpc-handlers.ts';
import { MessageQueue } from './message-queue.ts';
import { frameMessage } from './message-reader.ts';
import { RESPONSE_HEAD } from './status-headers.ts';

/** Bytes that may wait for the client's window before it counts as behind. */
const PENDING_BYTES_MAX = 256 * 1024;

/** A call with messages both ways. How far the client may be ahead of the handler is bounded by the stream's window. */
export class StreamCall extends Call implements StreamListener, GrpcStream {
  /** Bytes that came and have not been given back to the client's window. */
  #owed = 0;
  readonly #queue = new MessageQueue(() => this.#giveRoom());
  #wakeSenders: (() => void)[] = [];

  constructor(parts: CallParts) {
    super('stream', parts);
  }

  get requests(): AsyncIterable<Uint8Array> {
    return this.#queue;
  }

  async run(handle: StreamHandler): Promise<void> {
    try {
      await handle(this);
      this.#begin();
      this.endWith();
    } catch (error) {
      this.endWith(error);
    } finally {
      this.#release();
      this.parts.onFinished();
    }
  }

  /** The server stops: the client is told to go elsewhere, the handler that the call is over. */
  turnAway(): void {
    this.endWith(new GrpcError(GrpcCode.unavailable, 'the server is stopping'));
    this.#release();
  }

  send(message: Uint8Array): boolean {
    if (this.isOver) return true;
    this.#begin();
    for (const part of frameMessage(message)) this.parts.stream.sendData(part);
    return !this.#isBehind();
  }

  drained(): Promise<void> {
    if (!this.#isBehind()) return Promise.resolve();
    return new Promise((resolve) => this.#wakeSenders.push(resolve));
  }

  sent(): void {
    for (const wake of this.#wakeSenders.splice(0)) wake();
  }

  data(data: Buffer): void {
    if (this.isOver) return;
    try {
      this.#owed += data.length;
      for (const message of this.reader.read(data)) this.#queue.push(message);
      if (this.#queue.length === 0) this.#giveRoom();
    } catch (error) {
      this.endWith(error);
      this.#release();
    }
  }

  end(): void {
    this.#queue.end();
  }

  reset(): void {
    this.over(GrpcCode.cancelled);
    this.#release();
  }

  #isBehind(): boolean {
    return !this.isOver && this.parts.stream.pendingBytes > PENDING_BYTES_MAX;
  }

  #begin(): void {
    if (this.begun) return;
    this.begun = true;
    this.parts.stream.sendHeaders(RESPONSE_HEAD);
  }

  /** The client may send as much again as the handler has taken. */
  #giveRoom(): void {
    this.parts.stream.consumed(this.#owed);
    this.#owed = 0;
  }

  /** Nobody waits for anything any more. */
  #release(): void {
    this.#queue.end();
    for (const wake of this.#wakeSenders.splice(0)) wake();
  }
}
