import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { decodeHealthResponse, encodeHealthRequest } from './grpc-health.ts';
import type { GrpcProbe, HttpProbe, ProbeNetwork, TcpProbe } from './probe-network.ts';

const bodyBytesMax = 10 * 1024;
const redirectsMax = 10;

/** Probes over the machine's network, with the error texts that Go's client has. */
export class HostProbeNetwork implements ProbeNetwork {
  async http(probe: HttpProbe): Promise<{ status: number; body: string }> {
    let url = new URL(`${probe.scheme.toLowerCase()}://${hostText(probe.host)}:${probe.port}${probe.path}`);
    for (let redirects = 0; redirects < redirectsMax; redirects++) {
      const answer = await get(url, probe);
      if (answer.location === undefined) return answer;
      const next = new URL(answer.location, url);
      if (next.hostname !== url.hostname) return answer;
      url = next;
    }
    throw new Error(`Get "${url}": stopped after 10 redirects`);
  }

  tcp({ host, port, timeoutMs }: TcpProbe): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`dial tcp ${host}:${port}: i/o timeout`)));
      socket.once('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', (error) => reject(new Error(dialText(error, host, port))));
    });
  }

  grpc({ host, port, service, timeoutMs }: GrpcProbe): Promise<void> {
    return new Promise((resolve, reject) => {
      const session = connectHttp2(`http://${hostText(host)}:${port}`);
      const fail = (message: string) => {
        session.destroy();
        reject(new Error(message));
      };
      const late = `timeout: failed to connect service "${host}:${port}" within ${timeoutMs / 1000}s: context deadline exceeded`;
      session.setTimeout(timeoutMs, () => fail(late));
      session.once('error', (error) => fail(`error: failed to connect service: ${dialText(error, host, port)}`));
      const stream = session.request({
        ':method': 'POST',
        ':path': '/grpc.health.v1.Health/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.once('error', (error) => fail(error.message));
      stream.once('end', () => {
        session.close();
        const status = decodeHealthResponse(Buffer.concat(parts));
        if (status === 'SERVING') resolve();
        else fail(`service unhealthy (responded with "${status}")`);
      });
      stream.end(encodeHealthRequest(service));
    });
  }
}

function get(url: URL, probe: HttpProbe): Promise<{ status: number; body: string; location?: string }> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = Object.fromEntries(probe.headers.map(({ name, value }) => [name, value]));
    const signal = AbortSignal.timeout(probe.timeoutMs);
    const late = `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
    const fail = (error: Error) =>
      reject(new Error(signal.aborted ? late : `Get "${url}": ${dialText(error, url.hostname, Number(url.port))}`));
    const options = { method: 'GET', headers, agent: false, signal, rejectUnauthorized: false };
    const request = send(url, options, (response) => {
      bodyOf(response).then((body) => {
        const status = response.statusCode ?? 0;
        const location = status >= 300 && status < 400 ? response.headers.location : undefined;
        resolve({ status, body, ...(location === undefined ? {} : { location }) });
      }, fail);
    });
    request.once('error', fail);
    request.end();
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size >= bodyBytesMax) {
      response.destroy();
      break;
    }
  }
  return Buffer.concat(parts).subarray(0, bodyBytesMax).toString('utf8');
}

function dialText(error: Error, host: string, port: number): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `dial tcp ${host}:${port}: connect: no route to host`;
  if (code === 'ECONNRESET') return 'EOF';
  return error.message;
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
