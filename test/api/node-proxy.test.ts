import { createServer as createHttpServer } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
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

  function send(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ ...options(method, path), headers: { 'content-type': type } }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
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

  it('and services are reached by plain HTTP', async () => {
    const web = createHttpServer((request, response) => response.end(`served ${request.url}`));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as AddressInfo;
    await send('PATCH', '/api/v1/namespaces/default/pods/p/status', { status: { podIP: '127.0.0.1' } });
    const toPod = await send('GET', `/api/v1/namespaces/default/pods/p:${port}/proxy/a/b?c=1`);
    expect(toPod).toEqual({ status: 200, text: 'served /a/b?c=1' });

    await send('POST', '/api/v1/namespaces/default/services', {
      metadata: { name: 's' },
      spec: { ports: [{ port: 80 }] },
    });
    await send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 's-1', labels: { 'kubernetes.io/service-name': 's' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports: [{ port }],
    });
    const refused = await send('GET', '/api/v1/namespaces/default/services/s/proxy/');
    expect(refused).toMatchObject({ status: 200, text: 'served /' });
    await new Promise((resolve) => web.close(resolve));
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
