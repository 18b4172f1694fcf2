import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { ApiError, type Status } from '@orrery/api';
import type { Milliseconds, Timers } from '@orrery/runtime';
import { isRecord } from '../registry/json-object.ts';
import { connectionProblem } from './connection-problem.ts';
import { httpProblem } from './http-problem.ts';
import type { Authority, ServiceResolver } from './service-resolver.ts';
import { type WebhookCall, WebhookCallError, type WebhookClient, type WebhookClientConfig } from './webhook-client.ts';

/** Bytes of an answer that are read: an admission patch may be as large as the largest object. */
const answerBytesMax = 16 * 1024 * 1024;
const socketsPerHostMax = 64;
const idleSocketsPerHostMax = 8;
const idleMs: Milliseconds = 30_000;

/** Where a call goes: what the certificate must be for, and where the connection is made to. */
interface Destination {
  /** As it stands in the URL and in the `Host` header. */
  readonly authority: string;
  readonly serverName: string;
  readonly path: string;
  connectTo(): Authority;
}

/** HTTPS to webhooks, with connections that are kept for the next call. */
export class HttpsWebhookClient implements WebhookClient {
  private readonly agent = new Agent({
    keepAlive: true,
    maxSockets: socketsPerHostMax,
    maxFreeSockets: idleSocketsPerHostMax,
    timeout: idleMs,
  });

  constructor(
    private readonly services: Pick<ServiceResolver, 'resolve'>,
    private readonly timers: Timers,
  ) {}

  /** Closes the connections that are kept. */
  stop(): void {
    this.agent.destroy();
  }

  async call({ clientConfig, review, timeout, signal }: WebhookCall): Promise<Record<string, unknown>> {
    const destination = destinationOf(clientConfig, this.services);
    const path = `${destination.path}${destination.path.includes('?') ? '&' : '?'}timeout=${Math.ceil(timeout / 1000)}s`;
    const url = `https://${destination.authority}${path}`;
    const ended = new AbortController();
    const timer = this.timers.after(timeout, () => ended.abort(new Error('context deadline exceeded')));
    const cancel = (): void => ended.abort(new Error('context canceled'));
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const body = Buffer.from(JSON.stringify(review));
      const { response, text } = await this.exchange({ ...destination, path }, clientConfig, body, ended.signal);
      return reviewOf(response, text);
    } catch (error) {
      if (error instanceof WebhookCallError) throw error;
      const cause = ended.signal.aborted ? ended.signal.reason : error;
      throw new WebhookCallError(`Post ${JSON.stringify(url)}: ${connectionProblem(cause)}`, undefined, { cause });
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** One request and its whole answer. A connection that the webhook closed while it was idle is no failure: the next one is tried. */
  private async exchange(
    destination: Destination,
    clientConfig: WebhookClientConfig,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<{ response: IncomingMessage; text: string }> {
    const options = requestOptions(destination, clientConfig, body, this.agent);
    for (;;) {
      const request = httpsRequest({ ...options, signal });
      try {
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
          request.once('response', resolve);
          request.once('error', reject);
          request.end(body);
        });
        return { response, text: await textOf(response) };
      } catch (error) {
        request.destroy();
        const stale = request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
        if (!stale || signal.aborted) throw error;
      }
    }
  }
}

function destinationOf(config: WebhookClientConfig, services: Pick<ServiceResolver, 'resolve'>): Destination {
  if (config.service !== undefined) {
    const { namespace, name, path = '', port = 443 } = config.service;
    const serverName = `${name}.${namespace}.svc`;
    return {
      authority: `${serverName}:${port}`,
      serverName,
      path: path.startsWith('/') ? path : `/${path}`,
      connectTo: () => services.resolve(namespace, name, port),
    };
  }
  const url = parsedUrl(config.url ?? '');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    authority: url.host,
    serverName: host,
    path: `${url.pathname}${url.search}`,
    connectTo: () => ({ host, port: url.port === '' ? 443 : Number(url.port) }),
  };
}

function parsedUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw new WebhookCallError(`Unparsable webhook URL: parse ${JSON.stringify(text)}`, undefined, { cause });
  }
}

function requestOptions(
  { authority, serverName, path, connectTo }: Destination,
  { caBundle }: WebhookClientConfig,
  body: Buffer,
  agent: Agent,
): RequestOptions {
  return {
    ...connectTo(),
    // An IP address is no name for SNI; it is checked against the certificate's addresses all the same.
    servername: isIP(serverName) === 0 ? serverName : '',
    ...(caBundle && { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
    method: 'POST',
    path,
    agent,
    headers: {
      host: authority,
      accept: 'application/json, */*',
      'content-type': 'application/json',
      'content-length': body.length,
      'user-agent': 'kube-apiserver-admission',
    },
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > answerBytesMax) throw new Error(`the answer is larger than ${answerBytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size).toString('utf8');
}

function reviewOf({ statusCode = 0, headers }: IncomingMessage, text: string): Record<string, unknown> {
  const value = parsedJson(text);
  if (statusCode < 200 || statusCode > 206) throw failureOf(statusCode, text, value);
  if (text === '') {
    const type = headers['content-type'] ?? '';
    throw new WebhookCallError(`0-length response with status code: ${statusCode} and content type: ${type}`);
  }
  if (isRecord(value)) return value;
  throw new WebhookCallError(`couldn't get version/kind; json parse error: ${text.slice(0, 64)}`, statusCode);
}

function failureOf(statusCode: number, text: string, value: unknown): WebhookCallError {
  if (isRecord(value) && value.kind === 'Status' && typeof value.message === 'string') {
    return new WebhookCallError(value.message, statusCode, { cause: new ApiError(value as unknown as Status) });
  }
  return new WebhookCallError(httpProblem(statusCode, text), statusCode);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
