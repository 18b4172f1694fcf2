import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Repeats the upgrade request at `url` and joins the two connections. */
export function passThrough(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): void {
  const runtime = connect({ host: url.hostname, port: Number(url.port) });
  const lines = [`${request.method ?? 'GET'} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] ?? '';
    if (name.toLowerCase() !== 'host') lines.push(`${name}: ${request.rawHeaders[i + 1] ?? ''}`);
  }
  runtime.once('connect', () => {
    runtime.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) runtime.write(head);
    runtime.pipe(socket);
    socket.pipe(runtime);
  });
  runtime.once('error', (error) => {
    if (runtime.bytesRead > 0) socket.destroy();
    else refuse(socket, 500, `error dialing runtime: ${error.message}`);
  });
  runtime.once('close', () => socket.end());
  socket.once('close', () => runtime.destroy());
}

/** Answers an upgrade request with an error, and ends the connection. */
export function refuse(socket: Duplex, statusCode: number, message: string): void {
  const reason = statusCode === 404 ? 'Not Found' : statusCode === 400 ? 'Bad Request' : 'Internal Server Error';
  const body = Buffer.from(message, 'utf8');
  const headers = `Content-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${statusCode} ${reason}\r\n${headers}\r\n\r\n${message}`);
}
