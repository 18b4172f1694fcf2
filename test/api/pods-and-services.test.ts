import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';

const pods = '/api/v1/namespaces/default/pods';
const services = '/api/v1/namespaces/default/services';
const podOf = (name: string, more: object = {}): object => ({
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'c', image: 'busybox' }], ...more },
});

describe('pods', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
    await cluster.raw.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  });
  afterAll(() => cluster.close());

  it('get defaults, an account with its token, priority and tolerations', async () => {
    const { status, body } = await cluster.raw.post(pods, podOf('a'));
    expect(status).toBe(201);
    expect(body.spec).toMatchObject({
      serviceAccountName: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
    });
    expect(body.spec.tolerations).toHaveLength(2);
    expect(body.spec.containers[0].volumeMounts[0].mountPath).toBe('/var/run/secrets/kubernetes.io/serviceaccount');
    expect(body.status).toMatchObject({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it('need an account that exists', async () => {
    const { status, body } = await cluster.raw.post(pods, podOf('b', { serviceAccountName: 'nobody' }));
    expect(status).toBe(403);
    expect(body.message).toBe(
      'pods "b" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    );
  });

  it('are bound once', async () => {
    await cluster.raw.post(pods, podOf('bound'));
    const binding = { metadata: { name: 'bound' }, target: { kind: 'Node', name: 'node-1' } };
    expect((await cluster.raw.post(`${pods}/bound/binding`, binding)).status).toBe(201);
    const { body } = await cluster.raw.get(`${pods}/bound`);
    expect(body.spec.nodeName).toBe('node-1');
    expect(body.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
    expect(await cluster.raw.post(`${pods}/bound/binding`, binding)).toMatchObject({ status: 409 });
    const onNode = await cluster.raw.get('/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1');
    expect(onNode.body.items).toHaveLength(1);
  });

  it('wait for their kubelet when they are deleted on a node, and go at once without one', async () => {
    await cluster.raw.post(pods, podOf('graceful', { nodeName: 'node-1' }));
    const { body } = await cluster.raw.request('DELETE', `${pods}/graceful`);
    expect(body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, deletionTimestamp: expect.any(String) });
    await cluster.raw.request('DELETE', `${pods}/graceful`, { gracePeriodSeconds: 0 });
    expect((await cluster.raw.get(`${pods}/graceful`)).status).toBe(404);

    await cluster.raw.post(pods, podOf('unscheduled'));
    await cluster.raw.request('DELETE', `${pods}/unscheduled`);
    expect((await cluster.raw.get(`${pods}/unscheduled`)).status).toBe(404);
  });

  it('keep their spec when the status is written, and their status when the spec is', async () => {
    await cluster.raw.post(pods, podOf('status'));
    const { body } = await cluster.raw.get(`${pods}/status`);
    const written = await cluster.raw.request('PUT', `${pods}/status/status`, {
      ...body,
      spec: { ...body.spec, priority: 7 },
      status: { ...body.status, phase: 'Running' },
    });
    expect(written.body.spec.priority).toBe(0);
    expect(written.body.status.phase).toBe('Running');
  });

  it('are evicted', async () => {
    await cluster.raw.post(pods, podOf('evicted'));
    expect((await cluster.raw.post(`${pods}/evicted/eviction`, { metadata: { name: 'evicted' } })).status).toBe(201);
    expect((await cluster.raw.get(`${pods}/evicted`)).status).toBe(404);
  });

  it('are shown as a table', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { body } = await cluster.raw.get(`${pods}/a`, { accept });
    expect(body.kind).toBe('Table');
    expect(body.rows[0].cells.slice(0, 3)).toEqual(['a', '0/1', 'Pending']);
    expect((await cluster.raw.get(pods, { accept: 'application/cbor' })).status).toBe(406);
  });

  it('take tokens of their accounts', async () => {
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    const { status, body } = await cluster.raw.post(`${account}/token`, { spec: { expirationSeconds: 600 } });
    expect(status).toBe(201);
    const review = { spec: { token: body.status.token } };
    const answer = await cluster.raw.post('/apis/authentication.k8s.io/v1/tokenreviews', review);
    expect(answer.body.status).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:default' },
    });
  });
});

describe('services', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  afterAll(() => cluster.close());
  const serviceOf = (name: string, spec: object = {}): object => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], selector: { app: name }, ...spec },
  });

  it('get a cluster IP that nobody else has, and give it back', async () => {
    const { body } = await cluster.raw.post(services, serviceOf('a', { clusterIP: '10.96.3.3' }));
    expect(body.spec).toMatchObject({ type: 'ClusterIP', clusterIP: '10.96.3.3', clusterIPs: ['10.96.3.3'] });
    const taken = await cluster.raw.post(services, serviceOf('b', { clusterIP: '10.96.3.3' }));
    expect(taken).toMatchObject({ status: 422 });
    expect(taken.body.message).toContain('failed to allocate IP 10.96.3.3: provided IP is already allocated');
    await cluster.raw.request('DELETE', `${services}/a`);
    expect((await cluster.raw.post(services, serviceOf('b', { clusterIP: '10.96.3.3' }))).status).toBe(201);
    const any = await cluster.raw.post(services, serviceOf('any'));
    expect(any.body.spec.clusterIP).toMatch(/^10\./);
  });

  it('get node ports, and lose them with their type', async () => {
    const { body } = await cluster.raw.post(
      services,
      serviceOf('np', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    );
    expect(body.spec.ports[0].nodePort).toBe(30080);
    const other = await cluster.raw.post(services, serviceOf('np2', { type: 'NodePort' }));
    expect(other.body.spec.ports[0].nodePort).toBeGreaterThanOrEqual(30000);
    const taken = await cluster.raw.post(
      services,
      serviceOf('np3', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    );
    expect(taken.body.message).toContain(
      'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
    );
    const patch = { spec: { type: 'ClusterIP' } };
    const changed = await cluster.raw.request('PATCH', `${services}/np`, patch, {
      contentType: 'application/merge-patch+json',
    });
    expect(changed.body.spec.ports[0].nodePort).toBeUndefined();
    expect(changed.body.spec.clusterIP).toBe(body.spec.clusterIP);
    const again = await cluster.raw.post(
      services,
      serviceOf('np3', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    );
    expect(again.status).toBe(201);
  });

  it('have none when they are headless or external', async () => {
    const headless = await cluster.raw.post(services, serviceOf('headless', { clusterIP: 'None' }));
    expect(headless.body.spec.clusterIPs).toEqual(['None']);
    const external = await cluster.raw.post(
      services,
      serviceOf('ext', { type: 'ExternalName', externalName: 'example.com' }),
    );
    expect(external.body.spec.clusterIP).toBeUndefined();
  });
});

describe('namespaces', () => {
  it('go when their content is finalized', async () => {
    const cluster = await startCluster({ services: ['storage', 'apiserver'] });
    await cluster.raw.post('/api/v1/namespaces', { metadata: { name: 'gone' } });
    const deleted = await cluster.raw.request('DELETE', '/api/v1/namespaces/gone');
    expect(deleted.body.status.phase).toBe('Terminating');
    const refused = await cluster.raw.post('/api/v1/namespaces/gone/configmaps', { metadata: { name: 'late' } });
    expect(refused).toMatchObject({ status: 403, body: { details: { causes: [{ reason: 'NamespaceTerminating' }] } } });
    const { body } = await cluster.raw.get('/api/v1/namespaces/gone');
    expect(body.spec.finalizers).toEqual(['kubernetes']);
    await cluster.raw.request('PUT', '/api/v1/namespaces/gone/finalize', { ...body, spec: { finalizers: [] } });
    expect((await cluster.raw.get('/api/v1/namespaces/gone')).status).toBe(404);
    expect((await cluster.raw.request('DELETE', '/api/v1/namespaces/default')).status).toBe(403);
    await cluster.close();
  });
});
