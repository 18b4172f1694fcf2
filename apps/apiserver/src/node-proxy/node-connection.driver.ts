import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { badRequest, internal, notFound, serviceUnavailable } from '@orrery/api';
import type { KubeletClientConfig } from '../config/api-server-config.ts';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, wholeBody } from '../http/api-response.ts';
import { tunnel } from './http-forwarding.driver.ts';

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

  /** Passes a request on as it is, whatever it asks for. */
  async forward(address: KubeletAddress, path: string, request: ApiRequest): Promise<ApiResponse> {
    try {
      return await tunnel(request, this.target(address, path));
    } catch (error) {
      throw unreachable(address, error as Error);
    }
  }

  /** Hands an upgraded connection through to the kubelet: raw bytes both ways, whatever protocol they agree on. */
  async tunnel(address: KubeletAddress, path: string, request: ApiRequest): Promise<ApiResponse> {
    const response = await this.forward(address, path, request);
    if (response.hijacked || response.status < 300) return response;
    throw failureOf(
      response.status,
      Buffer.from(await wholeBody(response.body))
        .toString('utf8', 0, errorTextMax)
        .trim(),
    );
  }

  private open(address: KubeletAddress, path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { host, port, connection } = this.target(address, path);
    const request = httpsRequest({ ...connection, host, port, method: 'GET', path });
    request.setTimeout(connectTimeoutMs, () => {
      if (request.socket?.connecting) request.destroy(new Error('dial tcp: i/o timeout'));
    });
    signal.addEventListener('abort', () => request.destroy(), { once: true });
    return new Promise((resolve, reject) => {
      request.once('response', resolve);
      request.once('error', (error) => reject(unreachable(address, error)));
      request.end();
    });
  }

  private target({ host, port, node }: KubeletAddress, path: string) {
    const { certificate, key, certificateAuthority } = this.config;
    return {
      secure: true,
      host,
      port,
      path,
      headers: { host: `${host}:${port}` },
      connection: {
        agent: false as const,
        cert: certificate,
        key,
        ca: certificateAuthority,
        checkServerIdentity: (name: string, peer: PeerCertificate) => identityProblem(name, peer, node),
      },
    };
  }
}

/** A kubelet may prove itself by its node's name as well as by its address, since addresses change. */
function identityProblem(host: string, peer: PeerCertificate, node: string): Error | undefined {
  const name = [peer.subject?.CN ?? ''].flat()[0];
  return name === `system:node:${node}` ? undefined : checkServerIdentity(host, peer);
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
