import { type RequestOptions as HttpOptions, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';

export type ForwardedHeaders = Readonly<Record<string, string | string[]>>;

/** Where a request is passed on to. */
export interface ForwardTarget {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** Escaped, with the query. */
  readonly path: string;
  /** In place of the client's headers of these names. */
  readonly headers?: ForwardedHeaders;
  /** How the two sides prove who they are; connections are kept with `agent`. */
  readonly connection?: HttpOptions &
    Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'checkServerIdentity'>;
}

const connectTimeoutMs = 10_000;

/** Headers that concern one connection only (RFC 9110, section 7.6.1), and those that the client's credentials are in. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/** Headers that a face without raw headers has. */
const knownHeaders = ['accept', 'accept-language', 'content-type', 'range', 'user-agent'];
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

/** Passes a request on and its answer back as it comes. Throws what the connection throws. */
export async function forward(request: ApiRequest, target: ForwardTarget): Promise<ApiResponse> {
  const { method, body, signal } = request;
  const headers = {
    ...headersOf(request),
    ...target.headers,
    ...(body.length > 0 && { 'content-length': String(body.length) }),
  };
  const outgoing = open(method, target, headers);
  const cancel = (): void => void outgoing.destroy();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      outgoing.end(body);
    });
    // Nobody will read what has no body.
    if (method === 'HEAD') response.resume();
    return answerOf(response, signal, () => signal.removeEventListener('abort', cancel));
  } catch (error) {
    signal.removeEventListener('abort', cancel);
    throw error;
  }
}

/** Passes a request on that asks to switch protocols: once the other side agrees, raw bytes both ways. Otherwise its answer comes back. */
export async function tunnel(request: ApiRequest, target: ForwardTarget): Promise<ApiResponse> {
  const { upgrade: client, method, signal } = request;
  if (client === undefined) return forward(request, target);
  const protocol = { connection: 'Upgrade', upgrade: request.header('upgrade') ?? '' };
  const outgoing = open(method, target, { ...headersOf(request), ...target.headers, ...protocol });
  return new Promise((resolve, reject) => {
    outgoing.once('upgrade', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
      client.socket.write(rawHead(response));
      if (head.length > 0) client.socket.write(head);
      if (client.head.length > 0) socket.write(client.head);
      join(client.socket, socket);
      resolve({ status: 101, contentType: '', body: new Uint8Array(0), hijacked: true });
    });
    outgoing.once('response', (response) => resolve(answerOf(response, signal, () => undefined)));
    outgoing.once('error', reject);
    client.socket.once('close', () => outgoing.destroy());
    outgoing.end();
  });
}

function open(method: string, { secure, host, port, path, connection }: ForwardTarget, headers: ForwardedHeaders) {
  const options = { agent: false as const, ...connection, host, port, method, path, headers };
  const outgoing = secure ? httpsRequest(options) : httpRequest(options);
  outgoing.setTimeout(connectTimeoutMs, () => {
    if (outgoing.socket?.connecting) outgoing.destroy(new Error('dial tcp: i/o timeout'));
  });
  return outgoing;
}

/** The client's headers without what concerns only its own connection and identity. */
function headersOf(request: ApiRequest): Record<string, string[]> {
  const raw = request.rawHeaders ?? request.upgrade?.rawHeaders ?? rawOf(request);
  const headers: Record<string, string[]> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (name.startsWith(':') || name.startsWith('impersonate-') || ownHeaders.has(name)) continue;
    // A token may also hide in the list of WebSocket protocols.
    const value = name === 'sec-websocket-protocol' ? withoutToken(raw[at + 1] ?? '') : (raw[at + 1] ?? '');
    headers[name] = [...(headers[name] ?? []), value];
  }
  return headers;
}

function rawOf(request: ApiRequest): string[] {
  return knownHeaders.flatMap((name) => {
    const value = request.header(name);
    return value === undefined ? [] : [name, value];
  });
}

function withoutToken(protocols: string): string {
  const kept = protocols.split(',').map((protocol) => protocol.trim());
  return kept.filter((protocol) => !protocol.startsWith(tokenProtocol)).join(', ');
}

function answerOf(response: IncomingMessage, signal: AbortSignal, ended: () => void): ApiResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value === undefined || ownHeaders.has(name) || name === 'content-type') continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return {
    status: response.statusCode ?? 502,
    contentType: response.headers['content-type'] ?? 'application/octet-stream',
    headers,
    body: untilGone(response, signal, ended),
  };
}

async function* untilGone(
  response: IncomingMessage,
  signal: AbortSignal,
  ended: () => void,
): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (error) {
    // The client has left, or the other side broke off in the middle: either way nothing more can be said on this stream.
    if (!signal.aborted && !(error instanceof Error)) throw error;
  } finally {
    ended();
    response.destroy();
  }
}

function rawHead(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${response.statusCode ?? 101} ${response.statusMessage ?? 'Switching Protocols'}`];
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
    lines.push(`${response.rawHeaders[at]}: ${response.rawHeaders[at + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function join(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  const end = (): void => {
    a.destroy();
    b.destroy();
  };
  a.once('close', end);
  b.once('close', end);
  a.on('error', end);
  b.on('error', end);
}
