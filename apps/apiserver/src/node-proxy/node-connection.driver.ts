import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { badRequest, internal, notFound, serviceUnavailable } from '@orrery/api';
import type { KubeletClientConfig } from '../config/api-server-config.ts';
import type { UpgradeRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';

/** Where a kubelet listens. */
export interface KubeletAddress {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

const connectTimeoutMs = 10_000;
/** Bytes of a kubelet's error text that are passed on. */
const errorTextMax = 4_096;

/** HTTPS to kubelets with the API server's client certificate. */
export class NodeConnection {
  constructor(private readonly config: KubeletClientConfig) {}

  /** The body as it comes; `signal` ends it. */
  async stream(address: KubeletAddress, path: string, signal: AbortSignal): Promise<ApiResponse> {
    const response = await this.open(address, path, signal);
    const status = response.statusCode ?? 502;
    if (status >= 300) throw failureOf(status, await textOf(response));
    const contentType = response.headers['content-type'] ?? 'text/plain';
    return { status: 200, contentType, body: untilGone(response, signal) };
  }

  /** Hands an upgraded connection through to the kubelet: raw bytes both ways, whatever protocol they agree on. */
  async tunnel(address: KubeletAddress, method: string, path: string, client: UpgradeRequest): Promise<ApiResponse> {
    const request = this.request(address, method, path, forwardedHeaders(client.rawHeaders, address));
    const hijacked: ApiResponse = { status: 101, contentType: '', body: new Uint8Array(0), hijacked: true };
    return new Promise((resolve, reject) => {
      request.once('upgrade', (response: IncomingMessage, socket: Duplex, head: Buffer) => {
        client.socket.write(rawHead(response));
        if (head.length > 0) client.socket.write(head);
        if (client.head.length > 0) socket.write(client.head);
        join(client.socket, socket);
        resolve(hijacked);
      });
      request.once('response', (response: IncomingMessage) => {
        textOf(response).then((text) => reject(failureOf(response.statusCode ?? 502, text)), reject);
      });
      request.once('error', (error) => reject(unreachable(address, error)));
      client.socket.once('close', () => request.destroy());
      request.end();
    });
  }

  private open(address: KubeletAddress, path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const request = this.request(address, 'GET', path, {});
    signal.addEventListener('abort', () => request.destroy(), { once: true });
    return new Promise((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', (error) => reject(unreachable(address, error)));
      request.end();
    });
  }

  private request(address: KubeletAddress, method: string, path: string, headers: Record<string, string | string[]>) {
    const { certificate, key, certificateAuthority } = this.config;
    const request = httpsRequest({
      host: address.host,
      port: address.port,
      method,
      path,
      headers,
      agent: false,
      cert: certificate,
      key,
      ca: certificateAuthority,
      checkServerIdentity: (host, peer) => identityProblem(host, peer, address.node),
    });
    request.setTimeout(connectTimeoutMs, () => {
      if (!request.socket?.connecting) return;
      request.destroy(new Error('dial tcp: i/o timeout'));
    });
    return request;
  }
}

/** A kubelet may prove itself by its node's name as well as by its address, since addresses change. */
function identityProblem(host: string, peer: PeerCertificate, node: string): Error | undefined {
  const name = [peer.subject?.CN ?? ''].flat()[0];
  return name === `system:node:${node}` ? undefined : checkServerIdentity(host, peer);
}

/** The client's headers without what concerns only its own connection and identity. */
function forwardedHeaders(raw: readonly string[], address: KubeletAddress): Record<string, string | string[]> {
  const headers: Record<string, string[]> = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    if (name === 'authorization' || name === 'host') continue;
    // A token may also hide in the list of WebSocket protocols.
    const value = name === 'sec-websocket-protocol' ? withoutToken(raw[at + 1] ?? '') : (raw[at + 1] ?? '');
    headers[name] = [...(headers[name] ?? []), value];
  }
  return { ...headers, host: `${address.host}:${address.port}` };
}

function withoutToken(protocols: string): string {
  const kept = protocols.split(',').map((protocol) => protocol.trim());
  return kept.filter((protocol) => !protocol.startsWith('base64url.bearer.authorization.k8s.io.')).join(', ');
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

async function* untilGone(response: IncomingMessage, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (error) {
    // The client has left, or the kubelet broke off in the middle: either way nothing more can be said on this stream.
    if (!signal.aborted && !(error instanceof Error)) throw error;
  } finally {
    response.destroy();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += String(chunk);
    if (text.length > errorTextMax) break;
  }
  return text.slice(0, errorTextMax).trim();
}

function failureOf(status: number, text: string): Error {
  if (status === 400) return badRequest(text);
  if (status === 404) return notFound({ group: '', resource: 'pods/log' }, text);
  return internal(new Error(text === '' ? `kubelet answered ${status}` : text));
}

function unreachable(address: KubeletAddress, error: Error): Error {
  return serviceUnavailable(`error trying to reach the kubelet of ${address.node}: ${error.message}`);
}
