import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AdmissionCluster, mergePatch, plainPod } from './admission-cluster.ts';

jest.setTimeout(60_000);

/** Asks for a certificate of /O=system:masters/CN=me. */
const mastersRequest = `-----BEGIN CERTIFICATE REQUEST-----
MIHgMIGIAgEAMCYxFzAVBgNVBAoMDnN5c3RlbTptYXN0ZXJzMQswCQYDVQQDDAJt
ZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABH+k/3LnluT67hPWsdmDyc7C7BRG
0gkNq59vdmzwjx1uwbkEKzu+gHKQrpUv8SWPkwLnEOsCIhjQvDdMhp1agrWgADAK
BggqhkjOPQQDAgNHADBEAiBOXKJLqc/LaYP4LW9tENPeEe14M5j/JtbDdMKqmtzv
WAIgBwwS6xEURiEEOpmkjcSOAkcW4++3h6XvzzK/VLd4574=
-----END CERTIFICATE REQUEST-----`;

let admission: AdmissionCluster;
beforeAll(async () => {
  admission = await AdmissionCluster.start([
    'AlwaysPullImages',
    'NodeRestriction',
    'PodTolerationRestriction',
    'PodNodeSelector',
  ]);
});
afterAll(() => admission.close());

describe('Priority', () => {
  const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
  afterEach(() => admission.cluster.raw.request('DELETE', `${classes}/usual`));

  it('gives pods the number of their class, or of the default one', async () => {
    const namespace = await admission.newNamespace();
    const usual = { metadata: { name: 'usual' }, value: 7, globalDefault: true, preemptionPolicy: 'Never' };
    await admission.cluster.raw.post(classes, usual);
    expect((await admission.createPod(namespace, plainPod)).body.spec).toMatchObject({
      priority: 7,
      priorityClassName: 'usual',
      preemptionPolicy: 'Never',
    });
    const second = await admission.cluster.raw.post(classes, { ...usual, metadata: { name: 'other' } });
    expect(second.body.message).toBe(
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    );
  });

  it.each([
    [{ priorityClassName: 'none' }, 'no PriorityClass with name none was found'],
    [
      { priority: 5 },
      'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
  ])('refuses %j', async (spec, message) => {
    const answer = await admission.createPod(await admission.newNamespace(), { ...plainPod, ...spec });
    expect(answer.body.message).toBe(`pods "p" is forbidden: ${message}`);
  });
});

describe('pods', () => {
  it('get overhead and nodes of their runtime class', async () => {
    const namespace = await admission.newNamespace();
    await admission.cluster.raw.post('/apis/node.k8s.io/v1/runtimeclasses', {
      metadata: { name: 'sandboxed' },
      handler: 'sandboxed',
      overhead: { podFixed: { memory: '64Mi' } },
      scheduling: { nodeSelector: { runtime: 'sandboxed' }, tolerations: [{ key: 'sandboxed', operator: 'Exists' }] },
    });
    const { body } = await admission.createPod(namespace, { ...plainPod, runtimeClassName: 'sandboxed' });
    expect(body.spec).toMatchObject({ overhead: { memory: '64Mi' }, nodeSelector: { runtime: 'sandboxed' } });
    expect(body.spec.tolerations).toContainEqual({ key: 'sandboxed', operator: 'Exists' });
    const conflicting = { ...plainPod, runtimeClassName: 'sandboxed', nodeSelector: { runtime: 'other' } };
    expect((await admission.createPod(namespace, conflicting, { name: 'x' })).body.message).toContain(
      'conflict: runtimeClass.scheduling.nodeSelector[runtime] = sandboxed; pod.spec.nodeSelector[runtime] = other',
    );
    expect(
      (await admission.createPod(namespace, { ...plainPod, runtimeClassName: 'none' }, { name: 'y' })).body.message,
    ).toBe('pods "y" is forbidden: pod rejected: RuntimeClass "none" not found');
    expect(
      (await admission.createPod(namespace, { ...plainPod, overhead: { cpu: '1' } }, { name: 'z' })).body.message,
    ).toContain('pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  });

  it('may only use the secrets that their service account lists, where it says so', async () => {
    const namespace = await admission.newNamespace();
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    await admission.cluster.raw.post(`${namespace}/serviceaccounts`, {
      metadata: { name: 'strict', annotations },
      secrets: [{ name: 'known' }],
    });
    const using = (secretName: string) =>
      admission.createPod(namespace, {
        ...plainPod,
        serviceAccountName: 'strict',
        volumes: [{ name: 'v', secret: { secretName } }],
      });
    expect((await using('unknown')).body.message).toBe(
      'pods "p" is forbidden: volume with secret.secretName="unknown" is not allowed because service account strict does not reference that secret',
    );
    expect((await using('known')).status).toBe(201);
    expect(
      (await admission.createPod(namespace, { ...plainPod, serviceAccountName: 'none' }, { name: 'q' })).body.message,
    ).toBe(
      `pods "q" is forbidden: error looking up service account ${namespace.split('/').at(-1)}/none: serviceaccount "none" not found`,
    );
  });

  it('obey plugins that are off by default once they are on', async () => {
    const namespace = await admission.newNamespace({
      annotations: {
        'scheduler.alpha.kubernetes.io/node-selector': 'disk=ssd',
        'scheduler.alpha.kubernetes.io/defaultTolerations': '[{"key":"own","operator":"Exists"}]',
      },
    });
    const { body } = await admission.createPod(namespace, plainPod);
    expect(body.spec.containers[0].imagePullPolicy).toBe('Always');
    expect(body.spec.nodeSelector).toEqual({ disk: 'ssd' });
    expect(body.spec.tolerations).toContainEqual({ key: 'own', operator: 'Exists' });
    const other = await admission.createPod(namespace, { ...plainPod, nodeSelector: { disk: 'hdd' } }, { name: 'x' });
    expect(other.body.message).toContain('pod node label selector conflicts with its namespace node label selector');
  });
});

it('tells pods the zone of their node', async () => {
  const namespace = await admission.newNamespace();
  const labels = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r', other: 'x' };
  await admission.cluster.raw.post('/api/v1/nodes', { metadata: { name: 'zoned', labels } });
  await admission.createPod(namespace, plainPod, { labels: { 'topology.kubernetes.io/region': 'own' } });
  const metadata = { name: 'p' };
  const bound = await admission.cluster.raw.post(`${namespace}/pods/p/binding`, {
    metadata,
    target: { kind: 'Node', name: 'zoned' },
  });
  expect(bound.status).toBe(201);
  const created = await admission.createPod(namespace, { ...plainPod, nodeName: 'zoned' }, { name: 'static' });
  expect(created.body.metadata.labels).toEqual({
    'topology.kubernetes.io/zone': 'z',
    'topology.kubernetes.io/region': 'r',
  });
  const { body } = await admission.cluster.raw.get(`${namespace}/pods/p`);
  expect(body.metadata.labels['topology.kubernetes.io/zone']).toBe('z');
});

describe('storage and networks', () => {
  const claim = (name: string) => ({
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });

  it('gives claims the default class, a finalizer, and no growth that the class forbids', async () => {
    const namespace = await admission.newNamespace();
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    await admission.cluster.raw.post('/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: 'usual', annotations },
      provisioner: 'p',
    });
    const path = `${namespace}/persistentvolumeclaims`;
    const { body } = await admission.cluster.raw.post(path, claim('c'));
    expect(body.spec.storageClassName).toBe('usual');
    expect(body.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    const larger = { spec: { resources: { requests: { storage: '2Gi' } } } };
    const unbound = await admission.cluster.raw.request('PATCH', `${path}/c`, larger, mergePatch);
    expect(unbound.status).toBeGreaterThanOrEqual(400);
  });

  it('gives an Ingress the default class', async () => {
    const namespace = (await admission.newNamespace()).replace('/api/v1', '/apis/networking.k8s.io/v1');
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    const ingressClass = { metadata: { name: 'usual', annotations }, spec: { controller: 'example.com/c' } };
    await admission.cluster.raw.post('/apis/networking.k8s.io/v1/ingressclasses', ingressClass);
    const { body } = await admission.cluster.raw.post(`${namespace}/ingresses`, {
      metadata: { name: 'i' },
      spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
    });
    expect(body.spec.ingressClassName).toBe('usual');
  });

  it('taints new nodes until they are known to be ready', async () => {
    const { body } = await admission.cluster.raw.post('/api/v1/nodes', { metadata: { name: 'new' } });
    expect(body.spec.taints).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  });
});

it('refuses to delete the namespaces that everything needs', async () => {
  const answer = await admission.cluster.raw.request('DELETE', '/api/v1/namespaces/kube-system');
  expect(answer.body.message).toBe('namespaces "kube-system" is forbidden: this namespace may not be deleted');
});

it('lets a kubelet write nothing of another node', async () => {
  const user = 'system:node:one';
  const create = (path: string, body: object) => admission.cluster.raw.post(path, body, { user });
  expect((await create('/api/v1/nodes', { metadata: { name: 'one' } })).status).toBe(201);
  expect((await create('/api/v1/nodes', { metadata: { name: 'two' } })).body.message).toBe(
    'nodes "two" is forbidden: node "one" is not allowed to modify node "two"',
  );
  const labels = { 'node-restriction.kubernetes.io/tenant': 'mine' };
  const label = await admission.cluster.raw.request(
    'PATCH',
    '/api/v1/nodes/one',
    { metadata: { labels } },
    { user, ...mergePatch },
  );
  expect(label.body.message).toBe(
    'nodes "one" is forbidden: node "one" is not allowed to modify the following labels: node-restriction.kubernetes.io/tenant',
  );
  const pod = { metadata: { name: 'p' }, spec: plainPod };
  expect((await create('/api/v1/namespaces/default/pods', pod)).body.message).toBe(
    'pods "p" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "one" can only create mirror pods',
  );
});

it('lets those approve certificates who may, and nobody become a master', async () => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const request = Buffer.from(mastersRequest).toString('base64');
  const answer = await admission.cluster.raw.post(path, {
    metadata: { name: 'masters' },
    spec: { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'], request },
  });
  expect(answer.body.message).toBe(
    'certificatesigningrequests.certificates.k8s.io "masters" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  );
});
