import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { badRequest, tooLarge } from '@orrery/api';
import type { Timers } from '@orrery/runtime';
import type { HttpsConfig } from '../config/api-server-config.ts';
import { errorResponse } from '../pipeline/error-response.ts';
import { type ApiRequest, bodyBytesMax, type Credentials, type UpgradeRequest } from './api-request.ts';
import { type ApiResponse, bodyChunks, bodyLength, wholeBody } from './api-response.ts';
import { compressed } from './response-compression.ts';
import { isForWebSocket, serveOverWebSocket } from './web-socket-stream.driver.ts';

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

/** Answers a request; never throws. */
export type RequestHandler = (request: ApiRequest) => Promise<ApiResponse>;

/** How long a client may take for its headers, for its body, and between two requests on one connection. */
const headersTimeoutMs = 32_000;
const bodyTimeoutMs = 60_000;
const idleTimeoutMs = 90_000;
/** Bytes of all headers of a request: upstream's limit. */
const headerBytesMax = 1024 * 1024;
/** A body up to this size is written at once, with the headers. */
const wholeBytesMax = 256 * 1024;

const nothing = new Uint8Array(0);

/** The HTTPS face: HTTP/2 and HTTP/1.1 on one port, client certificates asked for but not demanded. */
export class HttpsServer {
  private server: Http2SecureServer | undefined;
  private readonly connections = new Set<Socket>();

  constructor(
    private readonly config: HttpsConfig,
    private readonly handler: RequestHandler,
    private readonly timers: Timers,
  ) {}

  /** The port in use; the configured one, or the one that was free. */
  get port(): number {
    return (this.server?.address() as AddressInfo | null)?.port ?? this.config.port;
  }

  async start(): Promise<void> {
    const { bindAddress, port, certificate, key, clientCertificateAuthority } = this.config;
    const server = createSecureServer({
      allowHTTP1: true,
      cert: certificate,
      key,
      ca: clientCertificateAuthority,
      requestCert: true,
      rejectUnauthorized: false,
      settings: { maxConcurrentStreams: 250, maxHeaderListSize: headerBytesMax },
      maxHeaderSize: headerBytesMax,
      headersTimeout: headersTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
    } as SecureServerOptions);
    server.on('secureConnection', (socket: TLSSocket) => {
      this.connections.add(socket);
      socket.setNoDelay(true);
      socket.once('close', () => this.connections.delete(socket));
    });
    server.on('request', (request, response) => void this.serve(request, response));
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.upgrade(request, socket, head);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, bindAddress, port)));
      server.listen(port, bindAddress, resolve);
    });
    // A broken connection is its client's business, never the server's.
    server.on('error', () => undefined);
    server.on('sessionError', () => undefined);
    this.server = server;
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of this.connections) connection.destroy();
    await closed;
  }

  private async serve(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) gone.abort();
    });
    // Node would otherwise crash on a client that resets its connection.
    outgoing.on('error', () => gone.abort());
    incoming.on('error', () => gone.abort());
    try {
      if (incoming.httpVersion === '1.1' && incoming.headers.host === undefined) {
        await refuse(badRequest('missing required Host header'), incoming, outgoing, gone.signal);
        return;
      }
      const body = await this.bodyOf(incoming);
      if (body === undefined) {
        await refuse(tooLarge(`limit is ${bodyBytesMax}`), incoming, outgoing, gone.signal);
        return;
      }
      const response = await this.handler(requestOf(incoming, body, gone.signal));
      const encoding = incoming.headers['accept-encoding'];
      await send(compressed(response, encoding?.toString()), outgoing, gone.signal, incoming.method === 'HEAD');
    } catch {
      // The client left while its body was read or its answer was written.
      outgoing.destroy();
    }
  }

  /** `undefined` where the body is larger than the server takes. A client that does not get it across in time is cut off. */
  private async bodyOf(incoming: Incoming): Promise<Uint8Array | undefined> {
    if (!hasBody(incoming)) return nothing;
    const timer = this.timers.after(bodyTimeoutMs, () => incoming.destroy(new Error('the body took too long')));
    try {
      return await readBody(incoming);
    } finally {
      timer.cancel();
    }
  }

  private async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    socket.on('error', () => gone.abort());
    const upgrade = { socket, head, rawHeaders: incoming.rawHeaders };
    const response = await this.handler(requestOf(incoming, nothing, gone.signal, upgrade));
    if (response.hijacked) return;
    if (isForWebSocket(incoming, response)) await serveOverWebSocket(response, incoming, socket, head);
    else await writeRaw(response, socket, gone.signal);
  }
}

/** The server's port cannot be opened; the message names address, port and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

function listenError(error: NodeJS.ErrnoException, address: string, port: number): ListenError {
  return new ListenError(listenProblem(error, address, port), { cause: error });
}

function listenProblem({ code, message }: NodeJS.ErrnoException, address: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${address} is taken: stop the program that listens there (ss -ltnp 'sport = :${port}' shows it) or configure another port`;
    case 'EACCES':
      return `port ${port} on ${address} needs privileges: run as root or configure a port above 1023`;
    default:
      return `cannot listen on ${address} port ${port}: ${message}`;
  }
}

/** `undefined` as soon as there is more than the server takes. */
function readBody(incoming: Incoming): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const take = (piece: Buffer): void => {
      pieces.push(piece);
      size += piece.length;
      if (size <= bodyBytesMax) return;
      incoming.off('data', take);
      resolve(undefined);
    };
    incoming.on('data', take);
    incoming.once('end', () => resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, size)));
    incoming.once('error', reject);
    incoming.once('close', () => {
      if (!incoming.readableEnded) reject(new Error('the client left before its body was read'));
    });
  });
}

function hasBody(incoming: Incoming): boolean {
  if ('stream' in incoming) return !incoming.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/** Answers without having read everything: what is still on its way is thrown away, and an HTTP/1.1 connection ends. */
async function refuse(error: Error, incoming: Incoming, outgoing: Outgoing, gone: AbortSignal): Promise<void> {
  const refusal = errorResponse(error);
  const closing = incoming.httpVersionMajor === 1 && { headers: { connection: 'close' } };
  incoming.resume();
  await send({ ...refusal, ...closing }, outgoing, gone, false);
}

function requestOf(incoming: Incoming, body: Uint8Array, signal: AbortSignal, upgrade?: UpgradeRequest): ApiRequest {
  const url = incoming.url ?? '/';
  const at = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: at < 0 ? url : url.slice(0, at),
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    body,
    credentials: credentialsOf(incoming),
    ...(incoming.socket.remoteAddress !== undefined && { remoteAddress: incoming.socket.remoteAddress }),
    signal,
    rawHeaders: incoming.rawHeaders,
    ...(upgrade && { upgrade }),
  };
}

/** Who a connection's certificate names: reading it costs a tenth of a request, and it cannot change. */
const certificateCredentials = new WeakMap<object, Credentials>();

function credentialsOf(incoming: Incoming): Credentials {
  const session = 'stream' in incoming ? incoming.stream.session : undefined;
  const connection = session ?? incoming.socket;
  const known = certificateCredentials.get(connection);
  if (known) return known;
  const socket = (session ? session.socket : incoming.socket) as TLSSocket;
  if (socket.authorized) {
    const { CN, O } = socket.getPeerCertificate().subject ?? {};
    const organizations = O === undefined ? [] : [O].flat();
    if (CN !== undefined) {
      const credentials: Credentials = { kind: 'certificate', commonName: [CN].flat()[0] ?? '', organizations };
      certificateCredentials.set(connection, credentials);
      return credentials;
    }
  }
  const token = /^Bearer (.+)$/i.exec(incoming.headers.authorization ?? '')?.[1];
  return token === undefined ? { kind: 'none' } : { kind: 'token', token: token.trim() };
}

function headersOf(response: ApiResponse, length: number | undefined): Record<string, string | string[]> {
  const warnings = (response.warnings ?? []).map((text) => `299 - "${text.replace(/["\\]/g, '\\$&')}"`);
  return {
    'content-type': response.contentType,
    'cache-control': 'no-cache, private',
    ...(warnings.length > 0 && { warning: warnings }),
    ...response.headers,
    ...(length !== undefined && { 'content-length': String(length) }),
  };
}

async function send(response: ApiResponse, outgoing: Outgoing, gone: AbortSignal, headOnly: boolean): Promise<void> {
  const output = outgoing as ServerResponse;
  const length = bodyLength(response.body);
  output.writeHead(response.status, headersOf(response, length));
  if (headOnly) {
    output.end();
    return;
  }
  if (length !== undefined && length <= wholeBytesMax) {
    output.end(await wholeBody(response.body));
    return;
  }
  const streams = !(response.body instanceof Uint8Array) && Symbol.asyncIterator in response.body;
  // A watch without events must still show the client that it stands.
  if (streams) output.flushHeaders?.();
  for await (const chunk of bodyChunks(response.body)) {
    if (gone.aborted) return;
    if (!output.write(chunk)) await drained(output, gone);
  }
  output.end();
}

/** Resolves when the client has taken what was written, or has left. */
async function drained(output: Writable, gone: AbortSignal): Promise<void> {
  if (gone.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      output.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    output.on('drain', done);
    gone.addEventListener('abort', done);
  });
}

/** An answer on a connection that was not taken over after all: it ends with the answer. */
async function writeRaw(response: ApiResponse, socket: Duplex, gone: AbortSignal): Promise<void> {
  socket.write(`HTTP/1.1 ${response.status} \r\nContent-Type: ${response.contentType}\r\nConnection: close\r\n\r\n`);
  for await (const chunk of bodyChunks(response.body)) {
    if (gone.aborted) return;
    if (!socket.write(chunk)) await drained(socket, gone);
  }
  socket.end();
}
