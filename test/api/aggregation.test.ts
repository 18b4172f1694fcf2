import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { ExtensionServer } from './extension-server.ts';

const registration = '/apis/apiregistration.k8s.io/v1/apiservices';
const flunders = '/apis/wardle.example.com/v1/namespaces/default/flunders';
/** Requests until something has to be seen that goes on in the background. */
const attemptsMax = 2_000;
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

describe('API aggregation', () => {
  let cluster: TestCluster;
  let extension: ExtensionServer;

  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'], time: 'real', https: true });
    extension = await ExtensionServer.start(cluster.certificates.frontProxyAuthority.certificate);
  });
  afterAll(async () => {
    await cluster.close();
    await extension.stop();
  });

  /** Repeats a request until its answer is as wanted. */
  async function eventually<T>(read: () => Promise<T>, wanted: (value: T) => boolean): Promise<T> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const value = await read();
      if (wanted(value)) return value;
    }
    throw new Error(`not so after ${attemptsMax} requests`);
  }

  const options = (path: string) => ({
    host: '127.0.0.1',
    port: cluster.apiPort,
    path,
    agent: false as const,
    cert: cluster.certificates.admin.certificate,
    key: cluster.certificates.admin.key,
    ca: cluster.certificates.authority.certificate,
  });

  /** By HTTPS: in a loop of requests over the bus nothing of this process would get its turn at the network. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every kind
  function read(path: string, accept = 'application/json'): Promise<any> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest({ ...options(path), headers: { accept } }, async (response) => {
        let text = '';
        for await (const piece of response) text += String(piece);
        resolve(JSON.parse(text));
      });
      request.on('error', reject);
      request.end();
    });
  }

  const condition = async (name: string) => {
    const body = await read(`${registration}/${name}`);
    return (body.status?.conditions ?? []).find(({ type }: { type: string }) => type === 'Available');
  };

  const register = (more: object = {}) =>
    cluster.raw.post(registration, {
      metadata: { name: 'v1.wardle.example.com' },
      spec: {
        group: 'wardle.example.com',
        version: 'v1',
        groupPriorityMinimum: 17_650,
        versionPriority: 15,
        service: { namespace: 'default', name: 'wardle', port: extension.port },
        caBundle: extension.caBundle,
        ...more,
      },
    });

  it('registers what the server serves itself', async () => {
    const { items } = await eventually(
      () => read(registration),
      (list) =>
        list.items.length > 20 && list.items.every((item: { status?: { conditions?: [] } }) => item.status?.conditions),
    );
    const apps = items.find(({ metadata }: { metadata: { name: string } }) => metadata.name === 'v1.apps');
    expect(apps).toMatchObject({
      metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
      spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
      status: {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            reason: 'Local',
            message: 'Local APIServices are always available',
            lastTransitionTime: expect.any(String),
          },
        ],
      },
    });
  });

  it('registers the versions of custom resources for as long as they are defined', async () => {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const schema = { openAPIV3Schema: { type: 'object' } };
    await cluster.raw.post(definitions, {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    });
    const name = `${registration}/v1.example.com`;
    const made = await eventually(
      () => read(name),
      ({ kind }) => kind === 'APIService',
    );
    expect(made).toMatchObject({
      metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } },
      spec: { group: 'example.com', version: 'v1', groupPriorityMinimum: 1_000, versionPriority: 100 },
    });
    await cluster.raw.request('DELETE', `${definitions}/widgets.example.com`);
    expect(
      await eventually(
        () => read(name),
        ({ kind }) => kind === 'Status',
      ),
    ).toMatchObject({ code: 404 });
  });

  it('tells extension API servers whom to believe', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
    const { body } = await cluster.raw.get(path);
    expect(body.data).toMatchObject({
      'client-ca-file': cluster.certificates.authority.certificate,
      'requestheader-client-ca-file': cluster.certificates.frontProxyAuthority.certificate,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    });
  });

  it('answers for nobody while the service is not there', async () => {
    expect((await register()).status).toBe(201);
    const found = await eventually(() => condition('v1.wardle.example.com'), Boolean);
    expect(found).toMatchObject({
      status: 'False',
      reason: 'ServiceNotFound',
      message: 'service/wardle in "default" is not present',
    });
    const answer = await cluster.raw.get(flunders);
    expect([answer.status, answer.text]).toEqual([503, 'service unavailable\n']);
    const { body } = await cluster.raw.get('/apis', { accept: aggregated });
    const group = body.items.find(
      ({ metadata }: { metadata: { name: string } }) => metadata.name === 'wardle.example.com',
    );
    expect(group.versions).toEqual([{ version: 'v1', resources: [], freshness: 'Stale' }]);
  });

  it('passes requests on when it is', async () => {
    await cluster.raw.post('/api/v1/namespaces/default/services', {
      metadata: { name: 'wardle' },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    });
    const passed = await eventually(
      () => condition('v1.wardle.example.com'),
      ({ status }) => status === 'True',
    );
    expect(passed).toMatchObject({ reason: 'Passed', message: 'all checks passed' });
    const { status, body } = await cluster.raw.get(`${flunders}?limit=5`);
    expect([status, body]).toEqual([200, { kind: 'FlunderList', items: [] }]);
    const { url, headers } = extension.seen[extension.seen.length - 1] ?? { url: '', headers: {} };
    expect(url).toBe(`${flunders}?limit=5`);
    expect(headers).toMatchObject({
      'x-remote-user': 'system:admin',
      'x-remote-group': expect.stringContaining('system:masters'),
    });
    expect((await cluster.raw.post(flunders, { kind: 'Flunder' })).status).toBe(201);
    expect((await cluster.raw.get('/apis/wardle.example.com/v1/nothing')).status).toBe(404);
  });

  it('shows everything as one API', async () => {
    const named = (groups: { name: string }[]) => groups.map(({ name }) => name);
    const { body } = await cluster.raw.get('/apis');
    const names = named(body.groups);
    expect(names.indexOf('wardle.example.com')).toBe(names.indexOf('authentication.k8s.io') + 1);
    expect((await cluster.raw.get('/apis/wardle.example.com')).body).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { groupVersion: 'wardle.example.com/v1', version: 'v1' },
    });
    const fresh = await eventually(
      async () => {
        const all = await read('/apis', aggregated);
        return all.items.find((item: { metadata: { name: string } }) => item.metadata.name === 'wardle.example.com')
          .versions[0];
      },
      ({ freshness }) => freshness === 'Current',
    );
    expect(fresh.resources).toEqual([
      {
        resource: 'flunders',
        responseKind: { group: 'wardle.example.com', version: 'v1', kind: 'Flunder' },
        scope: 'Namespaced',
        singularResource: 'flunder',
        verbs: ['create', 'get', 'list', 'watch'],
      },
    ]);
  });

  it('shows the documents of all servers as one', async () => {
    const index = await cluster.raw.get('/openapi/v3');
    const { serverRelativeURL } = index.body.paths['apis/wardle.example.com/v1'];
    expect((await cluster.raw.get(serverRelativeURL)).body.info.title).toBe('wardle');
    const { paths, definitions } = (await cluster.raw.get('/openapi/v2')).body;
    expect(paths['/apis/wardle.example.com/v1/flunders']).toBeDefined();
    expect(paths['/apis/other/v1/x']).toBeUndefined();
    expect(definitions.Flunder).toEqual({ type: 'object' });
    expect(definitions.Unused).toBeUndefined();
  });

  it('passes watches on as they come', async () => {
    const event = await new Promise<string>((resolve, reject) => {
      const request = httpsRequest({ ...options(`${flunders}?watch=true`), headers: { 'x-remote-user': 'root' } });
      request.on('error', reject);
      request.on('response', (response) => {
        response.once('data', (chunk) => {
          response.destroy();
          resolve(String(chunk));
        });
      });
      request.end();
    });
    expect(JSON.parse(event)).toEqual({ type: 'ADDED', object: { kind: 'Flunder' } });
    expect(extension.seen[extension.seen.length - 1]?.headers['x-remote-user']).toBe('kubernetes-admin');
  });

  it('passes upgraded connections through', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const request = httpsRequest({
        ...options(`${flunders}/a/exec`),
        headers: { connection: 'Upgrade', upgrade: 'echo' },
      });
      request.on('error', reject);
      request.on('upgrade', (_, socket: Duplex) => {
        socket.once('data', (chunk) => {
          socket.destroy();
          resolve(String(chunk));
        });
        socket.write('hello');
      });
      request.end();
    });
    expect(text).toBe('hello');
  });

  it('notices when a server is out of order', async () => {
    extension.broken = true;
    await cluster.raw.request(
      'PATCH',
      `${registration}/v1.wardle.example.com`,
      { spec: { versionPriority: 14 } },
      {
        contentType: 'application/merge-patch+json',
      },
    );
    const failed = await eventually(
      () => condition('v1.wardle.example.com'),
      ({ status }) => status === 'False',
    );
    const url = `https://localhost:${extension.port}/apis/wardle.example.com/v1`;
    expect(failed).toMatchObject({
      reason: 'FailedDiscoveryCheck',
      message: `failing or missing response from ${url}: bad status from ${url}: 500`,
    });
    expect((await cluster.raw.get(flunders)).status).toBe(503);
    const metrics = await eventually(
      () => cluster.raw.get('/metrics'),
      ({ text }) => text.includes('aggregator_unavailable_apiservice{name="v1.wardle.example.com"} 1'),
    );
    expect(metrics.text).toContain(
      'aggregator_unavailable_apiservice_total{name="v1.wardle.example.com",reason="FailedDiscoveryCheck"} 1',
    );
    await cluster.raw.request('DELETE', `${registration}/v1.wardle.example.com`);
    expect((await cluster.raw.get(flunders)).status).toBe(404);
  });
});
