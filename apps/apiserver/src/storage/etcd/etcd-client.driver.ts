import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { etcdserverpb } from '@orrery/proto/etcd';
import { holdTime, type Timers } from '@orrery/runtime';
import type { EtcdConfig } from './etcd-config.ts';
import { type FailedCall, GrpcCode } from './etcd-failure.ts';

/** A method of one of etcd's services, as the generated code describes it. */
export interface UnaryMethod<Request, Answer> {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Answer;
}

/** gRPC's view of a call that failed. */
export class EtcdCallError extends Error implements FailedCall {
  override readonly name = 'EtcdCallError';
  constructor(
    readonly endpoint: string,
    readonly code: number,
    readonly details: string,
    options?: ErrorOptions,
  ) {
    super(`etcd at ${endpoint}: ${details}`, options);
  }
}

/** Bytes of an answer; a page of large objects that is larger is asked for in smaller pages. */
const answerBytesMax = 64 * 1024 * 1024;
const channelOptions = {
  'grpc.max_receive_message_length': answerBytesMax,
  // etcd says itself what is too large for it.
  'grpc.max_send_message_length': -1,
  // Connections of our own: shared ones would keep the back-off of others.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.enable_retries': 0,
  // A member that is gone without a word is noticed by its silence.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

/**
 * Calls members of an etcd cluster: one at a time is in favour, and the next one in turn when asked to `moveOn`. Nothing is connected before the first call. In
 * virtual time a call takes none.
 */
export class EtcdClient {
  private readonly clients: (Client | undefined)[];
  private favourite = 0;
  private closed = false;

  constructor(
    private readonly config: EtcdConfig,
    private readonly timers: Timers,
  ) {
    this.clients = config.endpoints.map(() => undefined);
  }

  /** How many members there are to choose from. */
  get endpointCount(): number {
    return this.config.endpoints.length;
  }

  /** The member in favour. */
  get endpoint(): string {
    return this.config.endpoints[this.favourite] ?? '';
  }

  /** One attempt with the member in favour. Throws `EtcdCallError`. */
  call<Request, Answer>(method: UnaryMethod<Request, Answer>, request: Request, timeoutMs: number): Promise<Answer> {
    const { path, requestSerialize, responseDeserialize } = method;
    const { endpoint } = this;
    const client = this.client();
    const answered = new Promise<Answer>((resolve, reject) => {
      const settings = { deadline: Date.now() + timeoutMs };
      const metadata = new Metadata();
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        settings,
        (error, answer) => {
          if (error !== null) reject(callError(endpoint, error));
          else if (answer === undefined)
            reject(new EtcdCallError(endpoint, GrpcCode.internal, 'an answer without content'));
          else resolve(answer);
        },
      );
    });
    return holdTime(this.timers, answered);
  }

  /** Watches with the member in favour, until `signal` aborts. Throws `EtcdCallError` when the stream breaks. */
  async *watch(
    create: Partial<etcdserverpb.WatchCreateRequest>,
    signal: AbortSignal,
  ): AsyncGenerator<etcdserverpb.WatchResponse, void, void> {
    if (signal.aborted) return;
    const { endpoint } = this;
    const { path, requestSerialize, responseDeserialize } = etcdserverpb.WatchService.watch;
    const stream = this.client().makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata());
    const cancel = (): void => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const request = etcdserverpb.WatchCreateRequest.fromPartial(create);
    stream.write({ requestUnion: { $case: 'createRequest', value: request } });
    try {
      for await (const response of stream) yield response as etcdserverpb.WatchResponse;
    } catch (error) {
      if (!signal.aborted) throw callError(endpoint, error as ServiceError);
    } finally {
      signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  /** The next member comes into favour, if `endpoint` still is: of many that fail at once only the first moves on. */
  moveOn(endpoint: string): void {
    if (endpoint === this.endpoint) this.favourite = (this.favourite + 1) % this.endpointCount;
  }

  close(): void {
    this.closed = true;
    for (const client of this.clients) client?.close();
    this.clients.fill(undefined);
  }

  private client(): Client {
    if (this.closed) throw new EtcdCallError(this.endpoint, GrpcCode.cancelled, 'the connection to etcd is closed');
    const client = this.clients[this.favourite] ?? new Client(this.endpoint, this.credentials(), channelOptions);
    this.clients[this.favourite] = client;
    return client;
  }

  private credentials(): ChannelCredentials {
    const { tls } = this.config;
    if (tls === undefined) return credentials.createInsecure();
    const { certificateAuthority, certificate, key } = tls;
    return credentials.createSsl(bytesOf(certificateAuthority), bytesOf(key), bytesOf(certificate));
  }
}

function bytesOf(pem: string | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}

function callError(endpoint: string, error: ServiceError): EtcdCallError {
  return new EtcdCallError(endpoint, error.code ?? GrpcCode.internal, error.details ?? error.message, { cause: error });
}
