import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Host, invariant, type Timer } from '@orrery/runtime';
import { WebSocketServer } from 'ws';
import type { RuntimeDriver } from '../cri-service/runtime-driver.ts';
import type { StreamingRequest } from '../cri-service/streaming-sessions.ts';
import { SpdyConnection } from './spdy/spdy-connection.driver.ts';
import { serveCommand, servePortForward } from './spdy/spdy-sessions.ts';
import type { StreamingServer } from './streaming-server.ts';
import { serveCommandOverWebSocket, tunnel } from './websocket-sessions.driver.ts';

/** A URL is good for that long, as containerd's. */
const tokenLifetimeMs = 60_000;
const tokensMax = 1000;

const commandProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';
const portForwardProtocol = 'portforward.k8s.io';

/** Interactive connections over HTTP: WebSocket and SPDY/3.1, as kubectl of every age speaks them. */
export class HttpStreamingServer implements StreamingServer {
  private readonly tokens = new Map<string, { request: StreamingRequest; timer: Timer }>();
  private readonly sockets = new Set<Duplex>();
  private server: Server | undefined;
  private readonly webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) =>
      [...commandProtocols, tunnelProtocol].find((protocol) => offered.has(protocol)) ?? false,
  });

  constructor(
    private readonly config: { readonly bindAddress: string; readonly port: number },
    private readonly driver: RuntimeDriver,
    private readonly host: Host,
  ) {}

  async start(): Promise<void> {
    const server = createServer((_request, response) => response.writeHead(400).end('upgrade request required'));
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.config.port, this.config.bindAddress, resolve);
    });
    this.server = server;
  }

  async stop(): Promise<void> {
    for (const { timer } of this.tokens.values()) timer.cancel();
    this.tokens.clear();
    for (const socket of this.sockets) socket.destroy();
    const server = this.server;
    this.server = undefined;
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  open(request: StreamingRequest): string {
    const oldest = this.tokens.size >= tokensMax ? this.tokens.keys().next().value : undefined;
    if (oldest !== undefined) this.take(oldest);
    const token = Buffer.from(this.host.ids.bytes(16)).toString('hex');
    const timer = this.host.timers.after(tokenLifetimeMs, () => this.tokens.delete(token));
    this.tokens.set(token, { request, timer });
    invariant(this.server, 'a streaming URL was asked for before the server runs');
    const { address, port } = this.server.address() as AddressInfo;
    return `http://${address}:${port}/${request.kind.toLowerCase()}/${token}`;
  }

  private take(token: string): StreamingRequest | undefined {
    const found = this.tokens.get(token);
    this.tokens.delete(token);
    found?.timer.cancel();
    return found?.request;
  }

  private upgrade(http: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const request = this.take((http.url ?? '').split('?')[0]?.split('/').at(-1) ?? '');
    if (!request) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const wanted = (http.headers.upgrade ?? '').toLowerCase();
    const served =
      wanted === 'websocket'
        ? this.serveWebSocket(request, http, socket, head)
        : this.serveSpdy(request, http, socket, head);
    served.catch((error: unknown) => {
      this.host.logger.error('streaming connection failed', { kind: request.kind, error });
      socket.destroy();
    });
  }

  private async serveWebSocket(
    request: StreamingRequest,
    http: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const webSocket = await new Promise<import('ws').WebSocket>((resolve) => {
      this.webSockets.handleUpgrade(http, socket, head, resolve);
    });
    if (request.kind !== 'portForward') return serveCommandOverWebSocket(webSocket, this.driver, request);
    return this.serveConnection(new SpdyConnection(tunnel(webSocket)), request, Buffer.alloc(0));
  }

  private async serveSpdy(
    request: StreamingRequest,
    http: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    const offered = http.rawHeaders.flatMap((name, at) =>
      at % 2 === 0 && name.toLowerCase() === 'x-stream-protocol-version'
        ? (http.rawHeaders[at + 1] ?? '').split(/,\s*/)
        : [],
    );
    const spoken = request.kind === 'portForward' ? [portForwardProtocol] : commandProtocols.slice(1);
    const protocol = spoken.find((one) => offered.includes(one));
    if (offered.length > 0 && protocol === undefined) {
      socket.end(
        `HTTP/1.1 403 Forbidden\r\nX-Accept-Stream-Protocol-Versions: ${spoken.join(', ')}\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol ?? spoken[0]}\r\n\r\n`,
    );
    await this.serveConnection(new SpdyConnection(socket), request, head);
  }

  private async serveConnection(connection: SpdyConnection, request: StreamingRequest, head: Buffer): Promise<void> {
    const reading = connection.run(head);
    if (request.kind === 'portForward') await servePortForward(connection, this.driver, request);
    else await serveCommand(connection, this.driver, request);
    await reading;
  }
}
