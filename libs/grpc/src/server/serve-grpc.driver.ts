import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Headers } from '../hpack/header-decoder.ts';
import { encodeHeaders } from '../hpack/header-encoder.ts';
import { PREFACE } from '../http2/frame.ts';
import { ServerConnection } from '../http2/server-connection.ts';
import type { ServerStream, StreamListener } from '../http2/server-stream.ts';
import { GrpcCode, GrpcError } from './grpc-error.ts';
import type { GrpcServer, GrpcServerOptions, HttpAnswer } from './grpc-handlers.ts';
import { errorTrailers } from './status-headers.ts';
import { StreamCall } from './stream-call.ts';
import { UnaryCall } from './unary-call.ts';

/** Calls whose handlers are at work, of all connections; more are refused. */
const CALLS_MAX = 65_536;
/** Bytes that wait for a socket; a client that lets more gather is cut off. */
const SOCKET_BYTES_MAX = 64 * 1024 * 1024;
/** What leaves at once and is not more is put into one piece. */
const CONCATENATED_BYTES_MAX = 256 * 1024;
const KEEP_ALIVE_MS = 30_000;
/** Connections at once; more are closed as they come. */
const CONNECTIONS_MAX = 16_384;
/** So long a server that stops waits for clients to take what was answered. */
const FAREWELL_MS = 1_000;
const TEXT = 'text/plain; charset=utf-8';
/** For requests whose body is of no interest. */
const DEAF: StreamListener = { data: () => {}, end: () => {}, reset: () => {}, sent: () => {} };

/** Serves gRPC and plain HTTP on one port, as etcd does. Rejects when the port cannot be had. */
export async function serveGrpc(options: GrpcServerOptions): Promise<GrpcServer> {
  const server = new Listener(options);
  const address = await server.listen();
  return { address, stop: () => server.stop() };
}

class Listener {
  readonly #server: Server;
  readonly #http1 = createHttpServer((request, response) => void this.#answerHttp1(request, response));
  /** A connection is `undefined` as long as it speaks no HTTP/2. */
  readonly #connections = new Map<Socket, ServerConnection | undefined>();
  readonly #streamCalls = new Set<StreamCall>();
  #calls = 0;
  #stopped: Promise<void> | undefined;

  constructor(private readonly options: GrpcServerOptions) {
    const { tls } = options;
    this.#server = tls === undefined ? createPlainServer((socket) => this.#meet(socket)) : this.#newTlsServer(tls);
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  #newTlsServer(tls: NonNullable<GrpcServerOptions['tls']>): Server {
    const { cert, key, clientCa } = tls;
    const trust = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
    const server = createTlsServer({ cert, key, ...trust, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) =>
      this.#meet(socket),
    );
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    return server;
  }

  listen(): Promise<string> {
    const { listen } = this.options;
    const colon = listen.lastIndexOf(':');
    const host = listen.slice(0, colon).replace(/^\[|\]$/g, '');
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(Number(listen.slice(colon + 1)), host, () => {
        this.#server.off('error', reject);
        const { address, port, family } = this.#server.address() as AddressInfo;
        resolve(`${family === 'IPv6' ? `[${address}]` : address}:${port}`);
      });
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Streams are told at once; what was answered still leaves. */
  async #stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const call of this.#streamCalls) call.turnAway();
    for (const [socket, connection] of this.#connections) {
      if (connection === undefined) socket.destroy();
      else connection.end();
    }
    const patience = setTimeout(() => {
      for (const socket of this.#connections.keys()) socket.destroy();
    }, FAREWELL_MS);
    await closed;
    clearTimeout(patience);
  }

  /** Which protocol a connection speaks shows in its first bytes. */
  #meet(socket: Socket): void {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#connections.set(socket, undefined);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#connections.get(socket)?.lost();
      this.#connections.delete(socket);
    });
    let first = Buffer.alloc(0);
    const look = (chunk: Buffer): void => {
      first = Buffer.concat([first, chunk]);
      const seen = Math.min(first.length, PREFACE.length);
      const isHttp2 = first.subarray(0, seen).equals(PREFACE.subarray(0, seen));
      if (isHttp2 && seen < PREFACE.length) return;
      socket.off('data', look);
      if (isHttp2) this.#speakHttp2(socket, first);
      else this.#speakHttp1(socket, first);
    };
    socket.on('data', look);
  }

  #speakHttp1(socket: Socket, first: Buffer): void {
    socket.pause();
    socket.unshift(first);
    this.#http1.emit('connection', socket);
    socket.resume();
  }

  #speakHttp2(socket: Socket, first: Buffer): void {
    const connection = new ServerConnection({
      send: (parts) => {
        writeTogether(socket, parts);
        if (socket.writableLength > SOCKET_BYTES_MAX) socket.destroy();
      },
      close: () => socket.end(() => socket.destroy()),
      accept: (stream, headers) => this.#accept(stream, headers),
      defer: (work) => process.nextTick(work),
    });
    this.#connections.set(socket, connection);
    socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    connection.receive(first);
  }

  #accept(stream: ServerStream, headers: Headers): StreamListener {
    const path = headers.get(':path') ?? '';
    if (!headers.get('content-type')?.startsWith('application/grpc')) {
      void this.#answerHttp2(stream, headers.get(':method') ?? 'GET', path);
      return DEAF;
    }
    const handler = this.options.handlers.get(path);
    if (handler === undefined) return refused(stream, new GrpcError(GrpcCode.unimplemented, this.#unknown(path)));
    if (this.#calls >= CALLS_MAX) {
      return refused(stream, new GrpcError(GrpcCode.resourceExhausted, 'grpc: too many calls at once'));
    }
    this.#calls++;
    const { requestBytesMax, observe } = this.options;
    const parts = { stream, headers, path, requestBytesMax, observe };
    if (handler.kind === 'unary') {
      return new UnaryCall({ ...parts, onFinished: () => this.#calls-- }, handler.handle);
    }
    const call: StreamCall = new StreamCall({
      ...parts,
      onFinished: () => {
        this.#calls--;
        this.#streamCalls.delete(call);
      },
    });
    this.#streamCalls.add(call);
    // Only then, because the handler may send at once.
    stream.listener = call;
    void call.run(handler.handle);
    return call;
  }

  #unknown(path: string): string {
    const [, service = '', method = ''] = path.split('/');
    const known = [...this.options.handlers.keys()].some((other) => other.startsWith(`/${service}/`));
    return known ? `unknown method ${method} for service ${service}` : `unknown service ${service}`;
  }

  async #answerHttp1(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const { status, contentType, body } = await this.#httpAnswer(request.method ?? 'GET', request.url ?? '/');
    response.writeHead(status, { 'content-type': contentType }).end(request.method === 'HEAD' ? '' : body);
  }

  async #answerHttp2(stream: ServerStream, method: string, path: string): Promise<void> {
    const { status, contentType, body } = await this.#httpAnswer(method, path);
    const head = [
      [':status', String(status)],
      ['content-type', contentType],
    ] as const;
    if (body === '' || method === 'HEAD') {
      stream.sendTrailers(encodeHeaders(head));
      return;
    }
    stream.sendHeaders(encodeHeaders(head));
    stream.sendLastData(Buffer.from(body));
  }

  async #httpAnswer(method: string, url: string): Promise<HttpAnswer> {
    try {
      const answer = await this.options.http(method, url.split('?')[0] ?? '/');
      return answer ?? { status: 404, contentType: TEXT, body: '404 page not found\n' };
    } catch (error) {
      return { status: 500, contentType: TEXT, body: `${String(error)}\n` };
    }
  }
}

/** Small parts in one piece, large ones as they are: the system takes them from where they lie. */
function writeTogether(socket: Socket, parts: readonly Uint8Array[]): void {
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  if (bytes <= CONCATENATED_BYTES_MAX) {
    socket.write(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts, bytes));
    return;
  }
  socket.cork();
  for (const part of parts) socket.write(part);
  socket.uncork();
}

function refused(stream: ServerStream, error: GrpcError): StreamListener {
  stream.sendTrailers(errorTrailers(error, true));
  return DEAF;
}
