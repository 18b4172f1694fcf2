import type { StreamListener } from '../http2/server-stream.ts';
import { Call, type CallParts } from './call.ts';
import { GrpcCode, GrpcError } from './grpc-error.ts';
import type { UnaryHandler } from './grpc-handlers.ts';
import { frameMessage } from './message-reader.ts';
import { RESPONSE_HEAD } from './status-headers.ts';

/** Collects the one message of a call, has it handled and answers. */
export class UnaryCall extends Call implements StreamListener {
  #request: Uint8Array | undefined;
  #handling = false;

  constructor(
    parts: CallParts,
    private readonly handle: UnaryHandler,
  ) {
    super('unary', parts);
  }

  data(data: Buffer): void {
    if (this.isOver) return;
    try {
      for (const message of this.reader.read(data)) {
        if (this.#request !== undefined)
          throw new GrpcError(GrpcCode.internal, 'grpc: a second message in a unary call');
        this.#request = message;
      }
      // What fits into one window needs no more room.
      if (this.reader.pendingBytes > 0) this.parts.stream.consumed(data.length);
    } catch (error) {
      this.#refuse(error);
    }
  }

  end(): void {
    if (this.isOver) return;
    if (this.#request !== undefined) void this.#answer(this.#request);
    else this.#refuse(new GrpcError(GrpcCode.internal, 'grpc: a unary call without a message'));
  }

  reset(): void {
    this.over(GrpcCode.cancelled);
    if (!this.#handling) this.parts.onFinished();
  }

  sent(): void {}

  async #answer(request: Uint8Array): Promise<void> {
    const { stream, onFinished } = this.parts;
    this.#handling = true;
    try {
      const answer = await this.handle(request, this);
      this.begun = true;
      stream.sendHeaders(RESPONSE_HEAD);
      for (const part of frameMessage(answer)) stream.sendData(part);
      this.endWith();
    } catch (error) {
      this.endWith(error);
    } finally {
      onFinished();
    }
  }

  /** The request never reaches its handler. */
  #refuse(error: unknown): void {
    this.endWith(error);
    this.parts.onFinished();
  }
}
