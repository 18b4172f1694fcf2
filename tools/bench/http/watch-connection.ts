import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { type Endpoint, requestBytes } from './http-connection.ts';

const markBegin = '<change ';
const digits = 8;

/** One watch on a connection of its own. Looks for the marks in what it receives and reads nothing else, so that a thousand fit into one process. */
export class WatchConnection {
  private readonly socket: TLSSocket;
  private count = 0;
  private awaited: { readonly count: number; resolve(): void; reject(error: Error): void } | undefined;
  private rest: Buffer = Buffer.alloc(0);

  private constructor(socket: TLSSocket, changed: (change: number) => void) {
    this.socket = socket;
    socket.on('data', (bytes) => this.take(bytes, changed));
    socket.on('error', (error) => this.awaited?.reject(error));
    socket.on('close', () => this.awaited?.reject(new Error('the server closed a watch')));
  }

  /** The text to put into an object, by which its change is known. */
  static marked(change: number): string {
    return `${markBegin}${String(change).padStart(digits, '0')}>`;
  }

  /** Resolves when the server has begun to answer. `changed` hears of each marked change. */
  static async open({ port, access }: Endpoint, path: string, changed: (change: number) => void) {
    const { certificateAuthority: ca, clientCertificate: cert, clientKey: key } = access ?? {};
    const socket = connect({ port, host: '127.0.0.1', ca, cert, key, ALPNProtocols: ['http/1.1'] });
    await once(socket, 'secureConnect');
    const begun = once(socket, 'data');
    const watch = new WatchConnection(socket, changed);
    socket.write(requestBytes('GET', path));
    await begun;
    return watch;
  }

  /** Resolves when that many changes have come. */
  until(count: number): Promise<void> {
    if (this.count >= count) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.awaited = { count, resolve, reject };
    });
  }

  close(): void {
    this.awaited = undefined;
    this.socket.destroy();
  }

  private take(bytes: Buffer, changed: (change: number) => void): void {
    const text = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    let at = 0;
    for (;;) {
      const found = text.indexOf(markBegin, at, 'latin1');
      const end = found + markBegin.length + digits;
      if (found < 0 || end > text.length) {
        // A mark may be cut in two.
        this.rest = Buffer.from(text.subarray(found >= 0 ? found : Math.max(at, text.length - markBegin.length)));
        break;
      }
      this.count++;
      changed(Number(text.toString('latin1', end - digits, end)));
      at = end;
    }
    if (this.awaited !== undefined && this.count >= this.awaited.count) this.awaited.resolve();
  }
}
