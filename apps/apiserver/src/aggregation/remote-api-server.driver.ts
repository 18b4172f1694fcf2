import { Agent, request as httpsRequest } from 'node:https';
import type { Milliseconds, Timers } from '@orrery/runtime';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';
import { type ForwardTarget, tunnel } from '../node-proxy/http-forwarding.driver.ts';
import type { Authority, ServiceResolver } from '../webhooks/service-resolver.ts';
import type { RemoteApiService } from './api-services.ts';
import { headersOfUser, remoteUserHeaders } from './remote-user-headers.ts';

/** How this server proves to extension API servers that it may name the user. PEM. */
export interface ProxyClientConfig {
  readonly certificate: string;
  readonly key: string;
}

/** What an extension API server has answered to a request of this server's own. */
export interface RemoteAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly etag: string;
  readonly text: string;
}

/** Bytes of a document (discovery, OpenAPI) that are read. */
const documentBytesMax = 32 * 1024 * 1024;
const socketsPerHostMax = 256;
const idleMs: Milliseconds = 30_000;
/** What this server asks on its own account it asks with all rights. */
const ownUser: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] };

/** HTTPS to extension API servers behind Services, with connections that are kept. */
export class RemoteApiServers {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: socketsPerHostMax, timeout: idleMs });

  constructor(
    private readonly services: Pick<ServiceResolver, 'resolve'>,
    private readonly timers: Timers,
    /** `undefined`: extension API servers will take every request for an anonymous one. */
    private readonly client: ProxyClientConfig | undefined,
  ) {}

  /** Closes the connections that are kept. */
  stop(): void {
    this.agent.destroy();
  }

  /** Where the APIService is served now. Throws an `ApiError` where nobody does. */
  resolve({ spec: { service } }: RemoteApiService): Authority {
    return this.services.resolve(service.namespace, service.name, service.port);
  }

  /** Passes a client's request on, upgrades and watches included. Throws what the connection throws. */
  async forward(service: RemoteApiService, user: UserInfo, request: ApiRequest): Promise<ApiResponse> {
    const authority = this.resolve(service);
    const query = request.query.toString();
    const path = `${request.path}${query === '' ? '' : `?${query}`}`;
    const agent = request.upgrade === undefined ? this.agent : false;
    const target = this.target(service, authority, path, user, { agent });
    const foreign = request.rawHeaders && { rawHeaders: withoutRemoteUser(request.rawHeaders) };
    return tunnel({ ...request, ...foreign }, target);
  }

  /** Gets a document on the server's own account. Throws what the connection throws, and `context deadline exceeded`. */
  async get(
    service: RemoteApiService,
    authority: Authority,
    path: string,
    headers: Readonly<Record<string, string>>,
    timeout: Milliseconds,
    options: { readonly verified: boolean },
  ): Promise<RemoteAnswer> {
    const target = this.target(service, authority, path, ownUser, { agent: this.agent });
    const ended = new AbortController();
    const timer = this.timers.after(timeout, () => ended.abort(new Error('context deadline exceeded')));
    try {
      return await documentOf(
        {
          ...target,
          headers: { ...target.headers, ...headers },
          connection: { ...target.connection, ...(!options.verified && { rejectUnauthorized: false }) },
        },
        ended.signal,
      );
    } catch (error) {
      throw ended.signal.aborted ? ended.signal.reason : error;
    } finally {
      timer.cancel();
    }
  }

  private target(
    { spec }: RemoteApiService,
    { host, port }: Authority,
    path: string,
    user: UserInfo,
    { agent }: { readonly agent: Agent | false },
  ): ForwardTarget {
    const { service, caBundle, insecureSkipTLSVerify } = spec;
    return {
      secure: true,
      host,
      port,
      path,
      headers: { host: `${host}:${port}`, ...headersOfUser(user) },
      connection: {
        agent,
        servername: `${service.name}.${service.namespace}.svc`,
        ...(caBundle && { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
        ...(insecureSkipTLSVerify && { rejectUnauthorized: false }),
        ...(this.client && { cert: this.client.certificate, key: this.client.key }),
      },
    };
  }
}

/** Only this server says who the user is. */
function withoutRemoteUser(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (!isRemoteUser(name.toLowerCase())) kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}

function isRemoteUser(name: string): boolean {
  const { user, group, uid, extraPrefix } = remoteUserHeaders;
  return [user, group, uid].some((own) => own.toLowerCase() === name) || name.startsWith(extraPrefix.toLowerCase());
}

async function documentOf(target: ForwardTarget, signal: AbortSignal): Promise<RemoteAnswer> {
  const { host, port, path, headers, connection } = target;
  const request = httpsRequest({ ...connection, host, port, path, headers: { ...headers }, method: 'GET', signal });
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', async (response) => {
      try {
        const pieces: Buffer[] = [];
        let size = 0;
        for await (const piece of response as AsyncIterable<Buffer>) {
          size += piece.length;
          if (size > documentBytesMax) throw new Error(`the document is larger than ${documentBytesMax} bytes`);
          pieces.push(piece);
        }
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          etag: response.headers.etag ?? '',
          text: Buffer.concat(pieces, size).toString('utf8'),
        });
      } catch (error) {
        reject(error);
      } finally {
        response.destroy();
      }
    });
    request.end();
  });
}
