import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ClusterAccess } from '@orrery/client';
import { ResponseReader } from './response-reader.ts';

/** Where to; with `access` over TLS with its certificates. */
export interface Endpoint {
  readonly port: number;
  readonly access?: ClusterAccess;
}

/**
 * One kept-alive HTTP/1.1 connection on loopback, one request at a time. Far cheaper than Node's client, so that a load generator on the same
 * machine takes little from the server under test.
 */
export class HttpConnection {
  private readonly socket: Socket;
  private readonly reader = new ResponseReader();
  private answer: ((status: number) => void) | undefined;
  private fail: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      const status = this.reader.read(bytes);
      if (status !== undefined) this.answer?.(status);
    });
    socket.on('error', (error) => this.fail?.(error));
    socket.on('close', () => this.fail?.(new Error('the server closed the connection')));
  }

  static async open({ port, access }: Endpoint): Promise<HttpConnection> {
    const host = '127.0.0.1';
    if (!access) {
      const socket = connectTcp({ port, host });
      await once(socket, 'connect');
      return new HttpConnection(socket);
    }
    const { certificateAuthority: ca, clientCertificate: cert, clientKey: key } = access;
    const socket = connectTls({ port, host, ca, cert, key, ALPNProtocols: ['http/1.1'] });
    await once(socket, 'secureConnect');
    return new HttpConnection(socket);
  }

  /** Sends a whole request and answers the status when the whole response has come. */
  request(bytes: Uint8Array | string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.answer = resolve;
      this.fail = reject;
      this.socket.write(bytes);
    });
  }

  /** The last response's body; empty unless `keepBody` was set before the request. */
  get body(): Buffer {
    return this.reader.body;
  }

  keepBody(): this {
    this.reader.keepsBody = true;
    return this;
  }

  close(): void {
    this.answer = undefined;
    this.fail = undefined;
    this.socket.destroy();
  }
}

/** A request as bytes; JSON where there is a body of no other type. */
export function requestBytes(method: string, path: string, body = '', contentType = 'application/json'): string {
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n`;
  if (body === '') return `${head}\r\n`;
  return `${head}Content-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
