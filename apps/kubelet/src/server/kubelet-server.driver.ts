import { type FSWatcher, watch } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CriError } from '@orrery/cri';
import type { Host, Milliseconds } from '@orrery/runtime';
import type { KubeletHttpsConfig } from '../kubelet-config.ts';
import { type KubeletApi, KubeletApiError } from './kubelet-api.ts';
import { type KubeletRequest, parseKubeletRequest } from './kubelet-request.ts';
import { passThrough, refuse } from './pass-through.driver.ts';

/** A follower of a log looks again after this long even when nothing told it to; sooner where nothing can tell. */
const followInterval: Milliseconds = 1_000;
const unwatchedInterval: Milliseconds = 100;

/** The kubelet's API over HTTPS, for holders of a client certificate. Exec, attach and port-forward are passed on to the runtime byte by byte. */
export class KubeletServer {
  private server: Server | undefined;
  private readonly upgraded = new Set<Duplex>();

  constructor(
    private readonly config: KubeletHttpsConfig,
    private readonly api: KubeletApi,
    private readonly podLogsFolder: string,
    private readonly host: Host,
  ) {}

  get port(): number {
    return (this.server?.address() as AddressInfo | null)?.port ?? 0;
  }

  async start(): Promise<void> {
    const { certificate, key, clientCertificateAuthority, bindAddress, port } = this.config;
    const tls = { cert: certificate, key, ca: clientCertificateAuthority, requestCert: true, rejectUnauthorized: true };
    const server = createServer(tls, (request, response) => void this.answer(request, response));
    server.on(
      'upgrade',
      (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.upgrade(request, socket, head),
    );
    server.on('tlsClientError', (error) => this.host.logger.debug('kubelet client refused', { error }));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, bindAddress, resolve);
    });
    this.server = server;
  }

  async stop(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (!server) return;
    for (const socket of this.upgraded) socket.destroy();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const wanted = parseKubeletRequest(request.url ?? '/', this.host.clock.now());
      if (!wanted) {
        end(response, 404, '404 page not found\n');
        return;
      }
      await this.serve(wanted, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else end(response, error instanceof KubeletApiError ? error.statusCode : 500, messageOf(error));
    }
  }

  private async serve(wanted: KubeletRequest, response: ServerResponse): Promise<void> {
    switch (wanted.kind) {
      case 'healthz':
        end(response, 200, 'ok');
        return;
      case 'pods':
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.api.pods()));
        return;
      case 'metrics':
        end(response, 200, await this.api.metrics());
        return;
      case 'logs':
        await this.sendLogs(wanted, response);
        return;
      case 'stream':
        end(response, 400, 'Upgrade request required');
        return;
      default:
        wanted satisfies never;
    }
  }

  private async sendLogs(wanted: Extract<KubeletRequest, { kind: 'logs' }>, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const changed = (path: string, signal: AbortSignal) => fileChanged(join(this.podLogsFolder, path), signal);
    const lines = await this.api.logs(wanted.path, wanted.options, changed, gone.signal);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    await pipeline(lines, response).catch((error: unknown) => {
      if (!gone.signal.aborted) throw error;
    });
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.upgraded.add(socket);
    socket.once('close', () => this.upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    try {
      const wanted = parseKubeletRequest(request.url ?? '/', this.host.clock.now());
      if (wanted?.kind !== 'stream') {
        refuse(socket, 404, 'not found');
        return;
      }
      const url = new URL(await this.api.streamUrl(wanted.request));
      passThrough(request, socket, head, url);
    } catch (error) {
      const isMissing = error instanceof CriError && error.code === 'notFound';
      refuse(socket, error instanceof KubeletApiError ? error.statusCode : isMissing ? 404 : 500, messageOf(error));
    }
  }
}

/** Resolves when the file has changed, after a while, or when `signal` aborts. */
function fileChanged(path: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    let watcher: FSWatcher | undefined;
    const done = () => {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    let timer = setTimeout(done, followInterval);
    signal.addEventListener('abort', done, { once: true });
    try {
      watcher = watch(path, done);
      watcher.once('error', done);
    } catch {
      clearTimeout(timer);
      timer = setTimeout(done, unwatchedInterval);
    }
  });
}

function end(response: ServerResponse, statusCode: number, text: string): void {
  response.writeHead(statusCode, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
