import { Agent, request as httpsRequest } from 'node:https';
import {
  type ApiTransport,
  type ApiTransportRequest,
  type ApiTransportResponse,
  ApiUnreachableError,
} from './api-transport.ts';
import type { ClusterAccess } from './kubeconfig.ts';

const socketsMax = 16;
const timeoutMs = 30_000;

/** Requests over kept-alive HTTPS connections, at most 16 at once; more wait. */
export class HttpsTransport implements ApiTransport {
  private readonly agent: Agent;

  constructor(private readonly access: ClusterAccess) {
    this.agent = new Agent({
      keepAlive: true,
      maxSockets: socketsMax,
      ca: access.certificateAuthority,
      cert: access.clientCertificate,
      key: access.clientKey,
      rejectUnauthorized: access.insecureSkipTlsVerify !== true,
    });
  }

  send({ method, path, contentType, body }: ApiTransportRequest): Promise<ApiTransportResponse> {
    const { bearerToken, server } = this.access;
    const headers: Record<string, string | number> = { accept: 'application/json' };
    if (contentType !== '') headers['content-type'] = contentType;
    if (body.length > 0) headers['content-length'] = body.length;
    if (bearerToken !== undefined) headers.authorization = `Bearer ${bearerToken}`;

    return new Promise((resolve, reject) => {
      const fail = (cause: NodeJS.ErrnoException) =>
        reject(new ApiUnreachableError(path, cause.code === 'ECONNREFUSED' ? 'no' : 'unknown', { cause }));
      const outgoing = httpsRequest(new URL(path, server), { method, headers, agent: this.agent, timeout: timeoutMs });
      outgoing.on('error', fail);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.on('response', (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
