/** What a handler may know of its call beside the messages. */
export interface GrpcCall {
  /** A header of the request, by its lower-case name. */
  header(name: string): string | undefined;
  /** Aborts when the client gives up or goes away, and when the server stops. */
  readonly signal: AbortSignal;
}

/** One request, one answer, both as encoded messages. Throws `GrpcError`. */
export type UnaryHandler = (request: Uint8Array, call: GrpcCall) => Promise<Uint8Array>;

export interface GrpcStream extends GrpcCall {
  /** Ends when the client closes its side, or when the call is over. */
  readonly requests: AsyncIterable<Uint8Array>;
  /** False: the client is behind; wait for `drained` before sending what can wait. Sends nothing when the call is over. */
  send(message: Uint8Array): boolean;
  /** Resolves when the client has caught up, or when the call is over. */
  drained(): Promise<void>;
}

/** The call ends well when the handler resolves. Throws `GrpcError`. */
export type StreamHandler = (stream: GrpcStream) => Promise<void>;

export type GrpcHandler =
  | { readonly kind: 'unary'; readonly handle: UnaryHandler }
  | { readonly kind: 'stream'; readonly handle: StreamHandler };

/** Handlers by path: `/etcdserverpb.KV/Range`. */
export type GrpcHandlers = ReadonlyMap<string, GrpcHandler>;

/** Told of every call that ended, for the metrics. `code` is gRPC's. */
export type GrpcObserver = (path: string, kind: GrpcHandler['kind'], code: number) => void;

/** Plain HTTP on the port of gRPC. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** `undefined`: there is nothing at this path. */
export type HttpHandler = (method: string, path: string) => Promise<HttpAnswer | undefined>;

export interface GrpcServerOptions {
  /** `host:port`; port 0 lets the system choose. */
  readonly listen: string;
  /** PEM. With `clientCa` a client without a certificate of that authority is refused. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  readonly handlers: GrpcHandlers;
  readonly http: HttpHandler;
  readonly observe: GrpcObserver;
  /** Bytes of one request; longer ones end with `resourceExhausted`. */
  readonly requestBytesMax: number;
}

export interface GrpcServer {
  /** Where it listens: `127.0.0.1:2379`. */
  readonly address: string;
  /** Ends all calls. May be called twice. */
  stop(): Promise<void>;
}
