import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';

const namespace = '/api/v1/namespaces/default';
const pods = `${namespace}/pods`;
const services = `${namespace}/services`;

describe('the rules of the core group, through the API', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
    await cluster.raw.post(`${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
  });
  afterAll(() => cluster.close());

  const createPod = (name: string, spec: object = {}) =>
    cluster.raw.post(pods, {
      metadata: { name, labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'busybox' }], ...spec },
    });

  const patch = (path: string, change: object) =>
    cluster.raw.request('PATCH', path, change, { contentType: 'application/merge-patch+json' });

  const createService = (name: string, spec: object) =>
    cluster.raw.post(services, { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

  it('refuse with one cause for each field', async () => {
    const { status, body } = await createPod('bad', { restartPolicy: 'Sometimes', containers: [{ name: 'c' }] });
    expect(status).toBe(422);
    expect(body.details).toMatchObject({
      name: 'bad',
      kind: 'Pod',
      causes: [
        { reason: 'FieldValueRequired', field: 'spec.containers[0].image', message: 'Required value' },
        {
          reason: 'FieldValueNotSupported',
          field: 'spec.restartPolicy',
          message: 'Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
        },
      ],
    });
  });

  it('warn of what is accepted but hardly meant', async () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ];
    const { status, warnings } = await createPod('doubtful', { containers: [{ name: 'c', image: 'x', env }] });
    expect(status).toBe(201);
    expect(warnings).toEqual([
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    ]);
  });

  it('resize a pod through its subresource alone, counted as a generation', async () => {
    const resources = { requests: { cpu: '100m' }, limits: { cpu: '200m' } };
    const { body: pod } = await createPod('resized', { containers: [{ name: 'c', image: 'x', resources }] });
    const [container] = pod.spec.containers;
    const more = { requests: { cpu: '150m' }, limits: { cpu: '300m' } };
    const wanted = { ...pod, spec: { ...pod.spec, containers: [{ ...container, image: 'other', resources: more }] } };

    expect((await cluster.raw.request('PUT', `${pods}/resized`, wanted)).status).toBe(422);
    const { status, body } = await cluster.raw.request('PUT', `${pods}/resized/resize`, wanted);

    expect(status).toBe(200);
    expect(body.spec.containers[0]).toMatchObject({ image: 'x', resources: more });
    expect(body.metadata.generation).toBe(2);
  });

  it('bind by a proper binding', async () => {
    await createPod('unbound');
    const post = (binding: object) => cluster.raw.post(`${pods}/unbound/binding`, binding);
    const target = { kind: 'Node', name: 'node-1' };
    expect(await post({ metadata: { name: 'other' }, target })).toMatchObject({
      status: 400,
      body: { message: 'name in URL does not match name in Binding object' },
    });
    expect(await post({ metadata: { name: 'unbound' }, target: { kind: 'Pod', name: 'x' } })).toMatchObject({
      status: 500,
      body: { message: 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"' },
    });
  });

  it('evict a running pod only within its budget', async () => {
    await createPod('guarded', { nodeName: 'node-1' });
    await patch(`${pods}/guarded/status`, {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    await cluster.raw.post(budgets, {
      metadata: { name: 'budget' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
    });
    const report = (status: object) => patch(`${budgets}/budget/status`, { status });
    await report({
      observedGeneration: 1,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 1,
      disruptionsAllowed: 0,
    });
    const evict = () => cluster.raw.post(`${pods}/guarded/eviction`, { metadata: { name: 'guarded' } });

    expect(await evict()).toMatchObject({
      status: 429,
      body: {
        reason: 'TooManyRequests',
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget budget needs 1 healthy pods and has 1 currently',
            },
          ],
        },
      },
    });

    await report({
      observedGeneration: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
      disruptionsAllowed: 1,
    });
    expect((await evict()).status).toBe(201);
    const { body } = await cluster.raw.get(`${budgets}/budget`);
    expect(body.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { guarded: expect.any(String) } });
  });

  it('give a local load balancer a port for health checks, and take it back with its type', async () => {
    const { body: service } = await createService('balanced', {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 31_999,
    });
    expect(service.spec).toMatchObject({ healthCheckNodePort: 31_999, ipFamilies: ['IPv4'] });
    expect(service.spec.ports[0].nodePort).toBeGreaterThan(0);
    const taken = await createService('late', { type: 'NodePort', ports: [{ port: 80, nodePort: 31_999 }] });
    expect(taken.body.message).toBe(
      'Service "late" is invalid: spec.ports[0].nodePort: Invalid value: 31999: provided port is already allocated',
    );

    const plain = { ...service, spec: { ...service.spec, type: 'ClusterIP' } };
    const { status, body } = await cluster.raw.request('PUT', `${services}/balanced`, plain);
    expect(status).toBe(200);
    expect(body.spec.healthCheckNodePort).toBeUndefined();
    expect(body.spec.ports[0].nodePort).toBeUndefined();
    expect((await createService('late', { type: 'NodePort', ports: [{ port: 80, nodePort: 31_999 }] })).status).toBe(
      201,
    );
  });

  it('know which IP families the cluster has', async () => {
    const { status, body } = await createService('dual', { ipFamilyPolicy: 'RequireDualStack' });
    expect(status).toBe(422);
    expect(body.message).toBe(
      'Service "dual" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    );
  });

  it('keep the finalizers of a namespace but for its own subresource', async () => {
    const { body } = await cluster.raw.post('/api/v1/namespaces', { metadata: { generateName: 'made-' } });
    const { name } = body.metadata;
    expect(body.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': name });
    const finalize = (finalizers: readonly string[]) =>
      cluster.raw.request('PUT', `/api/v1/namespaces/${name}/finalize`, { ...body, spec: { finalizers } });
    expect((await finalize(['mine'])).body.message).toBe(
      `Namespace "${name}" is invalid: spec.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified`,
    );
    expect((await finalize(['a.b/c'])).body.spec).toEqual({ finalizers: ['a.b/c'] });
  });
});
