import { connect, constants as http2Constants } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { HttpsCluster } from '../api/https-cluster.ts';
import { exchange } from '../api/https-exchange.ts';

jest.setTimeout(30_000);

/** What is not even HTTP, or HTTP as it must not be: refused or cut off, and the server goes on. */
describe('a connection with broken HTTP', () => {
  let cluster: HttpsCluster;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
  });
  afterAll(async () => {
    expect((await exchange(cluster, '/readyz')).text).toBe('ok');
    expect(cluster.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    await cluster.stop();
  });

  /** Everything that the server says until it hangs up. */
  const talk = (said: string | Buffer): Promise<string> => {
    return new Promise((resolve) => {
      const { certificate, key } = cluster.certificates.admin;
      const ca = cluster.certificates.authority.certificate;
      const socket = connectTls({ host: '127.0.0.1', port: cluster.port, ca, cert: certificate, key });
      const heard: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => heard.push(chunk));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(Buffer.concat(heard).toString('latin1')));
      socket.write(said);
    });
  };

  it.each([
    ['nonsense', 'nonsense\r\n\r\n'],
    ['binary', Buffer.from([0, 1, 2, 3, 255, 254, 13, 10, 13, 10])],
    ['a version that there is not', 'GET / HTTP/9.9\r\n\r\n'],
    ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n'],
    ['a header with a line break', 'GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a length that is none', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n'],
    ['a chunk that is none', 'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'],
    ['no host', 'GET /version HTTP/1.1\r\n\r\n'],
  ])('(%s) is refused', async (_, said) => {
    expect(await talk(said)).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
  });

  it('(more headers than fit) is refused', async () => {
    const said = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(1_200_000)}\r\n\r\n`;
    expect(await talk(said)).toMatch(/^$|^HTTP\/1\.1 431 /);
  });

  it('(HTTP/2 that resets every stream) is survived', async () => {
    const { certificate, key } = cluster.certificates.admin;
    const ca = cluster.certificates.authority.certificate;
    const session = connect(`https://127.0.0.1:${cluster.port}`, { ca, cert: certificate, key });
    session.on('error', () => undefined);
    const ends = Array.from({ length: 500 }, () => {
      const stream = session.request({ ':path': '/api/v1/configmaps' });
      stream.on('error', () => undefined);
      stream.close(http2Constants.NGHTTP2_CANCEL);
      return new Promise<void>((resolve) => stream.on('close', resolve));
    });
    await Promise.all(ends);
    await new Promise<void>((resolve) => {
      session.once('close', resolve);
      session.destroy();
    });
  });
});
