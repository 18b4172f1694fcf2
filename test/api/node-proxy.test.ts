import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HttpsCluster } from './https-cluster.ts';

/** A kubelet that answers logs with its path and echoes upgraded connections. */
async function startKubelet(cluster: HttpsCluster): Promise<{ server: Server; seen: string[] }> {
  const { certificates } = cluster;
  const pair = certificates.kubelets['node-1'];
  const seen: string[] = [];
  const server = createServer(
    {
      cert: pair?.certificate,
      key: pair?.key,
      ca: certificates.authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      response.end(`log of ${request.url}\n`);
    },
  );
  server.on('upgrade', (request, socket) => {
    seen.push(request.url ?? '', String(request.headers.authorization));
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nhello ');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, seen };
}

/** Endpoints may not be on loopback. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((candidate) => candidate?.family === 'IPv4' && !candidate.internal)?.address;

describe('pods on a node', () => {
  let cluster: HttpsCluster;
  let kubelet: { server: Server; seen: string[] };

  beforeAll(async () => {
    cluster = await HttpsCluster.start();
    kubelet = await startKubelet(cluster);
    const { port } = kubelet.server.address() as AddressInfo;
    await send('POST', '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    await send('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } });
    await send('PATCH', '/api/v1/nodes/node-1/status', {
      status: {
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    });
    const containers = [{ name: 'web', image: 'x' }];
    await send('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'p' },
      spec: { nodeName: 'node-1', containers },
    });
    const two = [...containers, { name: 'side', image: 'x' }];
    await send('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'q' },
      spec: { nodeName: 'node-1', containers: two },
    });
  });
  afterAll(async () => {
    kubelet.server.closeAllConnections();
    await new Promise((resolve) => kubelet.server.close(resolve));
    await cluster.stop();
  });

  const options = (method: string, path: string) => ({
    host: '127.0.0.1',
    port: cluster.port,
    method,
    path,
    agent: false as const,
    cert: cluster.certificates.admin.certificate,
    key: cluster.certificates.admin.key,
    ca: cluster.certificates.authority.certificate,
  });

  function send(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; text: string; location?: string }> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ ...options(method, path), headers: { 'content-type': type } }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        const { location } = response.headers;
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, ...(location && { location }) }));
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  it('have their logs read from the kubelet', async () => {
    const answer = await send('GET', '/api/v1/namespaces/default/pods/p/log?tailLines=5&follow=true&limit=1');
    expect(answer).toEqual({ status: 200, text: 'log of /containerLogs/default/p/web?follow=true&tailLines=5\n' });
  });

  it('need a container to be named where there are several', async () => {
    const answer = await send('GET', '/api/v1/namespaces/default/pods/q/log');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('a container name must be specified for pod q, choose one of: [web side]');
  });

  it('pass upgraded connections through as they are', async () => {
    const path = '/api/v1/namespaces/default/pods/p/exec?command=sh&command=-c&stdin=true&stdout=true';
    const headers = { connection: 'Upgrade', upgrade: 'echo', authorization: 'Bearer secret' };
    const text = await new Promise<string>((resolve, reject) => {
      const request = httpsRequest({ ...options('POST', path), headers });
      request.on('error', reject);
      request.on('upgrade', (_, socket: Duplex, head: Buffer) => {
        let got = head.toString();
        socket.on('data', (chunk) => {
          got += String(chunk);
          if (!got.endsWith('world')) return;
          socket.destroy();
          resolve(got);
        });
        socket.write('world');
      });
      request.end();
    });
    expect(text).toBe('hello world');
    expect(kubelet.seen).toEqual(['/exec/default/p/web?command=sh&command=-c&input=1&output=1', 'undefined']);
  });

  describe('that serve HTTP', () => {
    let web: HttpServer;
    let port: number;

    beforeAll(async () => {
      web = createHttpServer((request, response) => {
        if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere?x=1' });
        response.end(`${request.method} ${request.url}`);
      });
      await new Promise<void>((resolve) => web.listen(0, resolve));
      ({ port } = web.address() as AddressInfo);
      await send('PATCH', '/api/v1/namespaces/default/pods/p/status', {
        status: { podIP: address, podIPs: [{ ip: address }] },
      });
    });
    afterAll(() => new Promise((resolve) => web.close(resolve)));

    it('are reached with every method', async () => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await send(method, `/api/v1/namespaces/default/pods/p:${port}/proxy/a/b?c=1`);
        expect(answer).toMatchObject({ status: 200, text: `${method} /a/b?c=1` });
      }
      expect(await send('HEAD', `/api/v1/namespaces/default/pods/p:${port}/proxy/a`)).toMatchObject({ status: 200 });
    });

    it('stay behind the proxy when they redirect', async () => {
      const path = `/api/v1/namespaces/default/pods/p:${port}/proxy`;
      expect(await send('GET', `${path}?q=1`)).toMatchObject({ status: 301, location: `${path}/?q=1` });
      expect(await send('GET', `${path}/moved`)).toMatchObject({ status: 302, location: `${path}/elsewhere?x=1` });
    });

    it('are found behind their Service', async () => {
      const proxy = (name: string) => send('GET', `/api/v1/namespaces/default/services/${name}/proxy/`);
      await send('POST', '/api/v1/namespaces/default/services', {
        metadata: { name: 's' },
        spec: { ports: [{ name: 'web', port: 80 }] },
      });
      expect((await proxy('s')).text).toContain('no endpoints available for service \\"s\\"');
      await send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
        metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [address] }],
        ports: [{ name: 'web', port }],
      });
      for (const name of ['s', 's:web', 's:80', 'http:s:web']) {
        expect(await proxy(name)).toMatchObject({ status: 200, text: 'GET /' });
      }
      expect((await proxy('s:other')).text).toContain('no service port \\"other\\" found for service \\"s\\"');
    });
  });

  it('stream a watch until its time is over', async () => {
    const { text } = await send(
      'GET',
      '/api/v1/namespaces/default/pods?watch=true&timeoutSeconds=1&allowWatchBookmarks=true',
    );
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', 'p'],
      ['ADDED', 'q'],
    ]);
  });
});
