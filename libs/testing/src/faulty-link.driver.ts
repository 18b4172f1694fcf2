import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** Bytes of the client that have not been passed on. */
  readonly held: Buffer[];
}

type Mode = 'pass' | 'hold-requests' | 'lose-answers';

/** A TCP port of loopback that leads to another one, and can lose what comes back, or keep what is sent and deliver it late. */
export class FaultyLink {
  private readonly pairs = new Set<Pair>();
  private mode: Mode = 'pass';
  private heard: (() => void) | undefined;

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
  ) {}

  static async open(targetPort: number): Promise<FaultyLink> {
    const server = createServer();
    const link = new FaultyLink(server, targetPort);
    server.on('connection', (client) => link.join(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  /** `host:port` of our end. */
  get endpoint(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on what clients send is kept. Resolves when there is something. */
  holdRequests(): Promise<void> {
    this.mode = 'hold-requests';
    return new Promise((resolve) => {
      this.heard = resolve;
    });
  }

  /** From now on what the other side says is lost. Resolves when it has said something. */
  loseAnswers(): Promise<void> {
    this.mode = 'lose-answers';
    return new Promise((resolve) => {
      this.heard = resolve;
    });
  }

  /** Ends all connections as clients see them, and is a good link from now on. The other side does not notice before `close`. */
  cut(): void {
    this.mode = 'pass';
    for (const { client } of this.pairs) client.destroy();
  }

  /** Delivers what was kept of connections that have been cut. */
  deliverLate(): void {
    for (const { server, held } of this.pairs) for (const bytes of held.splice(0)) server.write(bytes);
  }

  async close(): Promise<void> {
    for (const { client, server } of this.pairs) {
      client.destroy();
      server.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const pair = { client, server: connect(this.targetPort, '127.0.0.1'), held: [] as Buffer[] };
    this.pairs.add(pair);
    const { server, held } = pair;
    client.on('data', (bytes) => {
      if (this.mode !== 'hold-requests') {
        server.write(bytes);
        return;
      }
      held.push(bytes);
      this.heard?.();
    });
    server.on('data', (bytes) => {
      if (this.mode === 'lose-answers') this.heard?.();
      else if (!client.destroyed) client.write(bytes);
    });
    for (const socket of [client, server]) socket.on('error', () => socket.destroy());
    server.on('close', () => {
      client.destroy();
      this.pairs.delete(pair);
    });
  }
}
