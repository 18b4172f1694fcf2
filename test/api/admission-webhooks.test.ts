import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { patchAnswer, WebhookServer } from './webhook-server.ts';

const registration = '/apis/admissionregistration.k8s.io/v1';
const configMaps = '/api/v1/namespaces/default/configmaps';
const rule = (resource: string, more: object = {}): object => ({
  operations: ['*'],
  apiGroups: ['*'],
  apiVersions: ['*'],
  resources: [resource],
  ...more,
});

describe('admission webhooks', () => {
  let cluster: TestCluster;
  let server: WebhookServer;

  beforeAll(async () => {
    server = await WebhookServer.start(['localhost', 'hooks.default.svc']);
    cluster = await startCluster({ services: ['storage', 'apiserver'], time: 'real' });
  });
  afterAll(async () => {
    await cluster.close();
    await server.stop();
  });
  afterEach(async () => {
    server.received.length = 0;
    for (const sort of ['mutating', 'validating']) {
      await cluster.raw.request('DELETE', `${registration}/${sort}webhookconfigurations`);
    }
    await cluster.raw.request('DELETE', configMaps);
  });

  /** Configures one webhook that is at `/<name>` and is about config maps. */
  async function configure(sort: 'Mutating' | 'Validating', name: string, more: object = {}): Promise<void> {
    const webhook = {
      name: `${name}.example.com`,
      clientConfig: server.clientConfig(`/${name}`),
      rules: [rule('configmaps')],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      ...more,
    };
    const { status, text } = await cluster.raw.post(`${registration}/${sort.toLowerCase()}webhookconfigurations`, {
      metadata: { name },
      webhooks: [webhook],
    });
    expect([status, text]).toEqual([201, expect.any(String)]);
  }

  const create = (name: string, more: object = {}, query = '') =>
    cluster.raw.post(`${configMaps}${query}`, { metadata: { name, ...more } });

  describe('that validate', () => {
    it('refuse in their own words', async () => {
      server.on('/deny', () => ({ allowed: false, status: { code: 403, message: 'not today', reason: 'Forbidden' } }));
      await configure('Validating', 'deny');
      const { status, body } = await create('a');
      expect(status).toBe(403);
      expect(body).toMatchObject({
        status: 'Failure',
        message: 'admission webhook "deny.example.com" denied the request: not today',
        reason: 'Forbidden',
        code: 403,
      });
    });

    it('are counted', async () => {
      server.on('/counted', () => ({ allowed: false, status: { code: 403 } }));
      await configure('Validating', 'counted');
      await create('a');
      const { text } = await cluster.raw.get('/metrics');
      const labels = 'name="counted.example.com",type="validating",operation="CREATE"';
      expect(text).toContain(
        `apiserver_admission_webhook_rejection_count{${labels},error_type="no_error",rejection_code="403"} 1`,
      );
      expect(text).toContain(`apiserver_admission_webhook_request_total{${labels},code="403",rejected="true"} 1`);
    });

    it('refuse without a word', async () => {
      server.on('/mute', () => ({ allowed: false }));
      await configure('Validating', 'mute');
      const { status, body } = await create('a');
      expect(status).toBe(400);
      expect(body.message).toBe('admission webhook "mute.example.com" denied the request without explanation');
    });

    it('see the whole request', async () => {
      server.on('/look', () => ({ allowed: true, warnings: ['mind the gap'] }));
      await configure('Validating', 'look');
      await create('seen', {}, '?fieldManager=me');
      const { warnings } = await cluster.raw.request('PUT', `${configMaps}/seen`, {
        metadata: { name: 'seen' },
        data: { a: 'b' },
      });
      expect(warnings).toEqual(['mind the gap']);
      await cluster.raw.request('DELETE', `${configMaps}/seen`);
      // A change is first tried on what the cache has, and asked about again where that was behind.
      const requests = server.at('/look').map(({ review }) => review.request);
      const [created, updated, deleted] = ['CREATE', 'UPDATE', 'DELETE'].map((name) =>
        requests.findLast(({ operation }) => operation === name),
      );
      expect(created).toMatchObject({
        uid: expect.any(String),
        kind: { group: '', version: 'v1', kind: 'ConfigMap' },
        resource: { group: '', version: 'v1', resource: 'configmaps' },
        requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
        name: 'seen',
        namespace: 'default',
        operation: 'CREATE',
        userInfo: { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] },
        object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'seen' } },
        oldObject: null,
        dryRun: false,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
      });
      expect(updated).toMatchObject({
        operation: 'UPDATE',
        object: { data: { a: 'b' } },
        oldObject: { metadata: { name: 'seen' } },
      });
      expect(updated.oldObject.data).toBeUndefined();
      expect(deleted).toMatchObject({ operation: 'DELETE', object: null, oldObject: { data: { a: 'b' } } });
      expect(server.at('/look')[0]?.url).toBe('/look?timeout=10s');
    });

    it('are asked once about a refused update, and about each object of a deleted collection', async () => {
      await create('one');
      await create('two');
      server.on('/no', () => ({ allowed: false }));
      await configure('Validating', 'no');
      const update = { metadata: { name: 'one' }, data: {} };
      expect((await cluster.raw.request('PUT', `${configMaps}/one`, update)).status).toBe(400);
      expect(server.at('/no')).toHaveLength(1);
      server.on('/no', () => ({ allowed: true }));
      await cluster.raw.request('DELETE', configMaps);
      const names = server.at('/no').map(({ review }) => review.request.name);
      expect(names.slice(1).sort()).toEqual(['one', 'two']);
    });

    it('are not asked about their own configuration', async () => {
      server.on('/all', () => ({ allowed: false }));
      await configure('Validating', 'all', { rules: [rule('*/*')] });
      const removed = await cluster.raw.request('DELETE', `${registration}/validatingwebhookconfigurations/all`);
      expect(removed.status).toBe(200);
      expect(server.at('/all')).toHaveLength(0);
    });
  });

  describe('that mutate', () => {
    it('change the object in the order of their configurations, and what they add is defaulted and pruned', async () => {
      server.on('/first', () =>
        patchAnswer({ op: 'add', path: '/data', value: { a: '1' } }, { op: 'add', path: '/nonsense', value: 1 }),
      );
      server.on('/second', ({ review }) =>
        patchAnswer({ op: 'add', path: '/data/b', value: review.request.object.data.a }),
      );
      await configure('Mutating', 'second');
      await configure('Mutating', 'first');
      const { status, body } = await create('made');
      expect(status).toBe(201);
      expect(body.data).toEqual({ a: '1', b: '1' });
      expect(body.nonsense).toBeUndefined();
    });

    it('are asked again when a later one has changed the object, if they wish', async () => {
      server.on('/a', () => ({ allowed: true }));
      server.on('/b', () => ({ allowed: true }));
      server.on('/c', () => patchAnswer({ op: 'add', path: '/data', value: { c: '1' } }));
      await configure('Mutating', 'a', { reinvocationPolicy: 'IfNeeded' });
      await configure('Mutating', 'b');
      await configure('Mutating', 'c', { reinvocationPolicy: 'IfNeeded' });
      await create('again');
      const order = server.received.map(({ url }) => url.split('?')[0]);
      expect(order).toEqual(['/a', '/b', '/c', '/a']);
      expect(server.at('/a')[1]?.review.request.object.data).toEqual({ c: '1' });
    });

    it('cannot change what is being deleted', async () => {
      await create('going');
      server.on('/patch', () => patchAnswer({ op: 'add', path: '/data', value: {} }));
      await configure('Mutating', 'patch');
      const { status, body } = await cluster.raw.request('DELETE', `${configMaps}/going`);
      expect(status).toBe(500);
      expect(body.message).toBe(
        'Internal error occurred: admission webhook "patch.example.com" attempted to modify the object, which is not supported for this operation',
      );
      server.on('/patch', () => ({ allowed: true }));
    });

    it('get the version of the object that their rules name', async () => {
      const scaler = {
        metadata: { name: 'h' },
        spec: {
          scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
          maxReplicas: 3,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
          ],
        },
      };
      server.on('/hpa', () => patchAnswer({ op: 'replace', path: '/spec/targetCPUUtilizationPercentage', value: 70 }));
      await configure('Mutating', 'hpa', { rules: [rule('horizontalpodautoscalers', { apiVersions: ['v1'] })] });
      const { body } = await cluster.raw.post(
        '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
        scaler,
      );
      expect(server.at('/hpa')[0]?.review.request).toMatchObject({
        kind: { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
        requestKind: { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' },
        object: { apiVersion: 'autoscaling/v1', spec: { targetCPUUtilizationPercentage: 50 } },
      });
      expect(body.spec.metrics[0].resource.target.averageUtilization).toBe(70);
    });
  });

  describe('that do not answer', () => {
    it('fail the request, or do not, as their policy says', async () => {
      server.on('/broken', () => ({ statusCode: 500, text: 'out of order' }));
      await configure('Validating', 'broken');
      const failed = await create('a');
      expect(failed.status).toBe(500);
      expect(failed.body).toMatchObject({
        reason: 'InternalError',
        message:
          'Internal error occurred: failed calling webhook "broken.example.com": failed to call webhook: an error on the server ("out of order") has prevented the request from succeeding',
      });
      await cluster.raw.request('DELETE', `${registration}/validatingwebhookconfigurations/broken`);
      await configure('Validating', 'broken', { failurePolicy: 'Ignore' });
      expect((await create('a')).status).toBe(201);
    });

    it('are given up when their time is over', async () => {
      let answer = (): void => undefined;
      server.on('/slow', () => new Promise((resolve) => (answer = () => resolve({ allowed: true }))));
      await configure('Validating', 'slow', { timeoutSeconds: 1 });
      const { body } = await create('a');
      const url = `https://127.0.0.1:${server.port}/slow?timeout=1s`;
      expect(body.message).toBe(
        `Internal error occurred: failed calling webhook "slow.example.com": failed to call webhook: Post "${url}": context deadline exceeded`,
      );
      answer();
    });

    it('are told apart by what went wrong', async () => {
      const reason = async (clientConfig: object): Promise<string> => {
        await configure('Validating', 'x', { clientConfig });
        const { body } = await create('a');
        await cluster.raw.request('DELETE', `${registration}/validatingwebhookconfigurations/x`);
        return body.message.replace(/^.*failed to call webhook: /, '');
      };
      server.on('/x', () => ({ allowed: true }));
      const { url } = server.clientConfig('/x');
      expect(await reason({ url })).toBe(
        `Post "${url}?timeout=10s": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      );
      expect(await reason({ url: 'https://127.0.0.1:1/x' })).toBe(
        'Post "https://127.0.0.1:1/x?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused',
      );
      const service = { namespace: 'default', name: 'nowhere', path: '/x' };
      expect(await reason({ service })).toBe(
        'Post "https://nowhere.default.svc:443/x?timeout=10s": service "nowhere" not found',
      );
    });

    it('or answer nonsense', async () => {
      server.on('/other', () => ({ uid: 'somebody else', allowed: true }));
      await configure('Validating', 'other');
      const { body } = await create('a');
      expect(body.message).toMatch(
        /failed calling webhook "other.example.com": received invalid webhook response: expected response.uid="[0-9a-f-]+", got "somebody else"$/,
      );
    });
  });

  it('are reached through a Service', async () => {
    server.on('/served', () => ({ allowed: false, status: { message: 'by service' } }));
    await cluster.raw.post('/api/v1/namespaces/default/services', {
      metadata: { name: 'hooks' },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    });
    const service = { namespace: 'default', name: 'hooks', path: '/served', port: server.port };
    await configure('Validating', 'served', { clientConfig: { service, caBundle: server.caBundle } });
    const { body } = await create('a');
    expect(body.message).toBe('admission webhook "served.example.com" denied the request: by service');
    expect(server.at('/served')[0]?.host).toBe(`hooks.default.svc:${server.port}`);
  });

  it('get custom resources in the version that their rules name', async () => {
    server.on('/cr', () => patchAnswer({ op: 'add', path: '/spec/added', value: true }));
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: { size: { type: 'integer', default: 1 }, added: { type: 'boolean' } },
          },
        },
      },
    };
    const version = (name: string) => ({ name, served: true, storage: name === 'v1', schema });
    await cluster.raw.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', kind: 'Widget' },
        versions: [version('v1'), version('v2')],
      },
    });
    await configure('Mutating', 'cr', { rules: [rule('widgets', { apiVersions: ['v1'] })] });
    const widget = { apiVersion: 'example.com/v2', kind: 'Widget', metadata: { name: 'w' }, spec: {} };
    const { body } = await cluster.raw.post('/apis/example.com/v2/namespaces/default/widgets', widget);
    expect(body).toMatchObject({ apiVersion: 'example.com/v2', spec: { size: 1, added: true } });
    expect(server.at('/cr')[0]?.review.request).toMatchObject({
      kind: { group: 'example.com', version: 'v1', kind: 'Widget' },
      requestKind: { group: 'example.com', version: 'v2', kind: 'Widget' },
      object: { apiVersion: 'example.com/v1', spec: { size: 1 } },
    });
  });

  it('are only asked about a dry run when they promise to do nothing', async () => {
    server.on('/effects', () => ({ allowed: true }));
    await configure('Validating', 'effects', { sideEffects: 'NoneOnDryRun' });
    expect((await create('a', {}, '?dryRun=All')).status).toBe(201);
    expect(server.at('/effects')[0]?.review.request).toMatchObject({ dryRun: true, options: { dryRun: ['All'] } });
  });

  it('choose by conditions', async () => {
    server.on('/if', () => ({ allowed: false }));
    const matchConditions = [
      { name: 'named', expression: "object.metadata.name.startsWith('x')" },
      { name: 'by-admin', expression: "request.userInfo.username == 'system:admin'" },
    ];
    await configure('Validating', 'if', { matchConditions });
    expect((await create('a')).status).toBe(201);
    expect((await create('x')).status).toBe(400);
    await cluster.raw.request('DELETE', `${registration}/validatingwebhookconfigurations/if`);
    const missing = [{ name: 'wrong', expression: 'object.data.nothing == "1"' }];
    await configure('Validating', 'if', { matchConditions: missing });
    const { status, body } = await create('b');
    expect(status).toBe(403);
    expect(body.message).toMatch(
      /^configmaps "b" is forbidden: expression 'object.data.nothing == "1"' resulted in error: /,
    );
    await cluster.raw.request('DELETE', `${registration}/validatingwebhookconfigurations/if`);
    await configure('Validating', 'if', { matchConditions: missing, failurePolicy: 'Ignore' });
    expect((await create('b')).status).toBe(201);
  });

  it('are asked about connections', async () => {
    server.on('/connect', () => ({ allowed: false, status: { message: 'no visitors' } }));
    await configure('Validating', 'connect', { rules: [rule('pods/exec', { operations: ['CONNECT'] })] });
    const path = '/api/v1/namespaces/default/pods/p/exec?command=sh&command=-c&stdin=true&container=c';
    const { body } = await cluster.raw.request('POST', path);
    expect(body.message).toBe('admission webhook "connect.example.com" denied the request: no visitors');
    expect(server.at('/connect')[0]?.review.request).toMatchObject({
      operation: 'CONNECT',
      kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      subResource: 'exec',
      name: 'p',
      namespace: 'default',
      object: { kind: 'PodExecOptions', apiVersion: 'v1', command: ['sh', '-c'], stdin: true, container: 'c' },
      oldObject: null,
    });
  });

  it('see the objects of subresources as clients send them', async () => {
    server.on('/sub', ({ review }) =>
      review.request.kind.kind === 'Scale'
        ? patchAnswer({ op: 'replace', path: '/spec/replicas', value: 5 })
        : { allowed: true },
    );
    await cluster.raw.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
    const containers = [{ name: 'c', image: 'x' }];
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    await cluster.raw.post(deployments, {
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers } },
      },
    });
    await cluster.raw.post('/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec: { containers } });
    await configure('Mutating', 'sub', { rules: [rule('*/*')] });
    const merge = { contentType: 'application/merge-patch+json' };
    const scaled = await cluster.raw.request('PATCH', `${deployments}/d/scale`, { spec: { replicas: 3 } }, merge);
    expect(scaled.body.spec.replicas).toBe(5);
    await cluster.raw.post('/api/v1/namespaces/default/pods/p/eviction', { metadata: { name: 'p' } });
    await cluster.raw.post('/api/v1/namespaces/default/serviceaccounts/default/token', { spec: {} });
    await cluster.raw.post('/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } });
    await cluster.raw.post('/api/v1/namespaces', { metadata: { name: 'new' } });
    const seen = server.at('/sub').map(({ review: { request } }) => {
      const { operation, kind, resource, subResource = '', object, namespace } = request;
      return `${operation} ${kind.kind} of ${resource.resource} ${subResource}: ${object.kind} ${namespace ?? ''}`;
    });
    expect(seen).toEqual([
      'UPDATE Scale of deployments scale: Scale default',
      'CREATE Eviction of pods eviction: Eviction default',
      'CREATE TokenRequest of serviceaccounts token: TokenRequest default',
      'CREATE TokenReview of tokenreviews : TokenReview ',
      'CREATE Namespace of namespaces : Namespace new',
    ]);
  });

  it('choose by labels of the object and of its namespace', async () => {
    server.on('/chosen', () => ({ allowed: false }));
    await cluster.raw.post('/api/v1/namespaces', { metadata: { name: 'watched', labels: { watched: 'yes' } } });
    await configure('Validating', 'chosen', {
      namespaceSelector: { matchLabels: { watched: 'yes' } },
      objectSelector: { matchLabels: { risky: 'yes' } },
    });
    const watched = '/api/v1/namespaces/watched/configmaps';
    const risky = { metadata: { name: 'r', labels: { risky: 'yes' } } };
    expect((await cluster.raw.post(configMaps, risky)).status).toBe(201);
    expect((await cluster.raw.post(watched, { metadata: { name: 'tame' } })).status).toBe(201);
    expect((await cluster.raw.post(watched, risky)).status).toBe(400);
  });
});
