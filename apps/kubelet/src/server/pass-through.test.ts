import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { passThrough } from './pass-through.driver.ts';

const servers: Server[] = [];

function listen(
  onUpgrade: Parameters<typeof passThrough> extends [infer R, infer S, ...unknown[]]
    ? (request: R, socket: S, head: Buffer) => void
    : never,
): Promise<number> {
  const server = createServer().on('upgrade', onUpgrade);
  servers.push(server);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

function upgraded(port: number): Promise<{ protocol: string | undefined; socket: Duplex }> {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method: 'POST', path: '/exec/default/web/main', headers, agent: false })
      .on('upgrade', (response, socket) => resolve({ protocol: response.headers.upgrade, socket }))
      .on('response', (response) => reject(new Error(`refused with ${response.statusCode}`)))
      .on('error', reject)
      .end();
  });
}

describe('passThrough', () => {
  afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

  it('repeats the upgrade at the runtime and joins both directions', async () => {
    let seen = '';
    const runtime = await listen(({ method, url, headers }, socket) => {
      seen = `${method} ${url} ${headers['x-stream-protocol-version']}`;
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n');
      socket.on('data', (data: Buffer) => socket.end(`echo ${data}`));
    });
    const url = new URL(`http://127.0.0.1:${runtime}/exec/token?a=1`);
    const kubelet = await listen((message, socket, head) => passThrough(message, socket, head, url));

    const { protocol, socket } = await upgraded(kubelet);
    socket.write('hi');
    let answer = '';
    for await (const part of socket) answer += String(part);
    expect(seen).toBe('POST /exec/token?a=1 v4.channel.k8s.io');
    expect(protocol).toBe('SPDY/3.1');
    expect(answer).toBe('echo hi');
  });

  it('refuses when the runtime cannot be reached', async () => {
    const kubelet = await listen((message, socket, head) =>
      passThrough(message, socket, head, new URL('http://127.0.0.1:1/')),
    );
    await expect(upgraded(kubelet)).rejects.toThrow('refused with 500');
  });
});
