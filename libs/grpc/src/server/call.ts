import type { Headers } from '../hpack/header-decoder.ts';
import type { ServerStream } from '../http2/server-stream.ts';
import { asGrpcError, GrpcCode } from './grpc-error.ts';
import type { GrpcCall, GrpcHandler, GrpcObserver } from './grpc-handlers.ts';
import { MessageReader } from './message-reader.ts';
import { errorTrailers, OK_TRAILERS } from './status-headers.ts';

export interface CallParts {
  readonly stream: ServerStream;
  readonly headers: Headers;
  readonly path: string;
  readonly requestBytesMax: number;
  readonly observe: GrpcObserver;
  /** The handler is done with the call. */
  onFinished(): void;
}

/** What calls of both kinds have. */
export abstract class Call implements GrpcCall {
  protected readonly reader: MessageReader;
  /** The answer has begun, so that an error can only come behind it. */
  protected begun = false;
  #abort: AbortController | undefined;
  #isOver = false;

  constructor(
    private readonly kind: GrpcHandler['kind'],
    protected readonly parts: CallParts,
  ) {
    this.reader = new MessageReader(parts.requestBytesMax);
  }

  header(name: string): string | undefined {
    return this.parts.headers.get(name);
  }

  /** Made only where a handler asks for it: most calls are over before anybody could give up. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isOver || this.parts.stream.isGone) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  protected get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends the call for the client, well or with an error; later ends change nothing. */
  protected endWith(error?: unknown): void {
    if (this.#isOver) return;
    const failure = error === undefined ? undefined : asGrpcError(error);
    const trailers = failure === undefined ? OK_TRAILERS : errorTrailers(failure, !this.begun);
    this.parts.stream.sendTrailers(trailers);
    this.over(failure?.code ?? GrpcCode.ok);
  }

  /** The call is over: nothing more reaches the client. */
  protected over(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort?.abort();
    this.parts.observe(this.parts.path, this.kind, code);
  }
}
