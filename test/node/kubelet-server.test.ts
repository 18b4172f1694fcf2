import { type RequestOptions, request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Node } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { NodePods, startNode } from './node-pods.fixture.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
}

describe('the kubelet’s API', () => {
  let cluster: TestCluster;
  let pods: NodePods;
  let options: RequestOptions;

  beforeAll(async () => {
    cluster = await startNode({ https: true });
    pods = new NodePods(cluster);
    const { authority, apiserverToKubelet } = cluster.certificates;
    const node = await cluster.settle(cluster.api.get(Node, { namespace: '', name: 'node-1' }));
    const port = node?.status.daemonEndpoints?.kubeletEndpoint?.Port;
    const { certificate: cert, key } = apiserverToKubelet;
    options = { host: '127.0.0.1', ca: authority.certificate, cert, key, agent: false, ...(port ? { port } : {}) };

    await pods.create('talker', { command: ['sh', '-c', 'echo hello'] }, { restartPolicy: 'Never' });
    await pods.create('runner');
    await pods.create('broken', { image: 'does-not-exist:1' });
    await cluster.time.advance('3s');
  });

  afterAll(() => cluster.close());

  const get = (path: string, more: RequestOptions = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      request({ ...options, ...more, path }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });

  it('is for holders of a client certificate', async () => {
    expect(await get('/healthz')).toEqual({ status: 200, text: 'ok' });
    await expect(get('/healthz', { cert: undefined, key: undefined })).rejects.toThrow();
  });

  it('lists the node’s pods', async () => {
    const { items } = JSON.parse((await get('/pods')).text);
    expect(items.map((pod: { metadata: { name: string } }) => pod.metadata.name).sort()).toEqual([
      'broken',
      'runner',
      'talker',
    ]);
  });

  it('serves logs', async () => {
    expect((await get('/containerLogs/default/talker/web')).text).toMatch(/hello\n$/);
    expect((await get('/containerLogs/default/talker/web?timestamps=true&tailLines=1')).text).toMatch(
      /^2026-01-01T\S+Z hello\n$/,
    );
    expect((await get('/containerLogs/default/talker/web?limitBytes=3')).text).toHaveLength(3);
  });

  it('serves logs through the API server as well', async () => {
    const { certificate, key } = cluster.certificates.admin;
    const api = { port: cluster.apiPort, cert: certificate, key };
    const answer = await get('/api/v1/namespaces/default/pods/talker/log', api);
    expect(answer).toEqual({ status: 200, text: 'hello\n' });
  });

  it('ends a followed log when the container has ended', async () => {
    expect((await get('/containerLogs/default/talker/web?follow=true')).text).toMatch(/hello\n$/);
  });

  it('says why there is no log', async () => {
    expect(await get('/containerLogs/default/broken/web')).toEqual({
      status: 400,
      text: 'container "web" in pod "broken" is waiting to start: trying and failing to pull image',
    });
    expect(await get('/containerLogs/default/runner/web?previous=true')).toEqual({
      status: 400,
      text: 'previous terminated container "web" in pod "runner" not found',
    });
    expect((await get('/containerLogs/default/runner/other')).status).toBe(404);
    expect((await get('/containerLogs/default/nobody/web')).status).toBe(404);
  });
});
