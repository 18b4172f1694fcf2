import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ResourceQuota } from '@orrery/api';
import { AdmissionCluster, mergePatch, plainPod } from './admission-cluster.ts';

jest.setTimeout(60_000);

let admission: AdmissionCluster;
beforeAll(async () => {
  admission = await AdmissionCluster.start();
});
afterAll(() => admission.close());

describe('LimitRanger', () => {
  const limits = {
    type: 'Container',
    default: { cpu: '500m', memory: '256Mi' },
    defaultRequest: { cpu: '100m' },
    max: { cpu: '1' },
    min: { cpu: '50m' },
    maxLimitRequestRatio: { cpu: '6' },
  };
  const limited = async (...items: object[]) => {
    const namespace = await admission.newNamespace();
    await admission.cluster.raw.post(`${namespace}/limitranges`, { metadata: { name: 'l' }, spec: { limits: items } });
    return namespace;
  };

  it('fills in what containers leave out, and says so', async () => {
    const namespace = await limited(limits);
    const { body } = await admission.createPod(namespace, {
      initContainers: [{ name: 'i', image: 'i', resources: { requests: { cpu: '200m' } } }],
      ...plainPod,
    });
    expect(body.spec.containers[0].resources).toEqual({
      requests: { cpu: '100m', memory: '256Mi' },
      limits: { cpu: '500m', memory: '256Mi' },
    });
    expect(body.metadata.annotations['kubernetes.io/limit-ranger']).toBe(
      'LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c; memory request for init container i; cpu, memory limit for init container i',
    );
  });

  it.each<[string, object, string]>([
    ['max', { limits: { cpu: '2' } }, 'maximum cpu usage per Container is 1, but limit is 2'],
    [
      'min',
      { requests: { cpu: '10m' }, limits: { cpu: '20m' } },
      '[minimum cpu usage per Container is 50m, but request is 10m',
    ],
    [
      'ratio',
      { requests: { cpu: '60m' }, limits: { cpu: '900m' } },
      'cpu max limit to request ratio per Container is 6, but provided ratio is 15.000000',
    ],
  ])('holds containers to their %s', async (_, resources, message) => {
    const namespace = await limited({ ...limits, ...(_ === 'min' && { maxLimitRequestRatio: { cpu: '1' } }) });
    const answer = await admission.createPod(namespace, { containers: [{ name: 'c', image: 'i', resources }] });
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain(`pods "p" is forbidden: ${message}`);
  });

  it('holds whole pods and claims', async () => {
    const namespace = await limited(
      { type: 'Pod', max: { memory: '1Gi' } },
      { type: 'PersistentVolumeClaim', max: { storage: '1Gi' }, min: { storage: '1Mi' } },
    );
    const resources = { limits: { memory: '600Mi' } };
    const containers = ['a', 'b'].map((name) => ({ name, image: 'i', resources }));
    expect((await admission.createPod(namespace, { containers })).body.message).toBe(
      'pods "p" is forbidden: maximum memory usage per Pod is 1Gi, but limit is 1200Mi',
    );
    const claim = await admission.cluster.raw.post(`${namespace}/persistentvolumeclaims`, {
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    });
    expect(claim.body.message).toBe(
      'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
    );
  });
});

describe('ResourceQuota', () => {
  /** A namespace with a quota that has been counted. */
  const quotaOf = async (hard: Record<string, string>, spec: object = {}) => {
    const namespace = await admission.newNamespace();
    await admission.cluster.raw.post(`${namespace}/resourcequotas`, {
      metadata: { name: 'q' },
      spec: { hard, ...spec },
    });
    const key = { namespace: namespace.split('/').at(-1) ?? '', name: 'q' };
    await admission.cluster.waitFor(ResourceQuota, key, (quota) => quota?.status?.used !== undefined);
    return {
      namespace,
      used: async () => (await admission.cluster.raw.get(`${namespace}/resourcequotas/q`)).body.status.used,
      key,
    };
  };

  it('charges what is created, and refuses what there is no room for', async () => {
    const { namespace, used } = await quotaOf({ pods: '1', 'requests.cpu': '1' });
    const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '600m' } } }];
    expect((await admission.createPod(namespace, { containers })).status).toBe(201);
    expect(await used()).toEqual({ pods: '1', 'requests.cpu': '600m' });
    const second = await admission.createPod(namespace, { containers }, { name: 'second' });
    expect(second).toMatchObject({
      status: 403,
      body: {
        reason: 'Forbidden',
        details: { name: 'second', kind: 'pods' },
        message:
          'pods "second" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1',
      },
    });
  });

  it('wants to know what is limited', async () => {
    const { namespace } = await quotaOf({ 'limits.cpu': '1' });
    expect((await admission.createPod(namespace, plainPod)).body.message).toBe(
      'pods "p" is forbidden: failed quota: q: must specify limits.cpu for: c',
    );
  });

  it('never gives the same room to two', async () => {
    const { namespace, used } = await quotaOf({ 'count/configmaps': '5' });
    const names = Array.from({ length: 12 }, (_, index) => `c-${index}`);
    const answers = await Promise.all(
      names.map((name) => admission.cluster.raw.post(`${namespace}/configmaps`, { metadata: { name } })),
    );
    const made = answers.filter(({ status }) => status === 201).length;
    // The namespace's own kube-root-ca.crt may have taken one.
    const { body } = await admission.cluster.raw.get(`${namespace}/configmaps`);
    expect(body.items.length).toBeLessThanOrEqual(5);
    expect(made).toBeGreaterThanOrEqual(4);
    expect(await used()).toEqual({ 'count/configmaps': '5' });
  });

  it('charges nothing in a dry run', async () => {
    const { namespace, used } = await quotaOf({ pods: '1' });
    expect((await admission.createPod(namespace, plainPod, {}, '?dryRun=All')).status).toBe(201);
    expect(await used()).toEqual({ pods: '0' });
  });

  it('charges an update with what it adds', async () => {
    const { namespace, used } = await quotaOf({ services: '2', 'services.nodeports': '1' });
    const ports = [{ port: 80 }, { name: 'b', port: 81 }].map((port, index) => ({ ...port, name: `p${index}` }));
    await admission.cluster.raw.post(`${namespace}/services`, {
      metadata: { name: 's' },
      spec: { ports: ports.slice(0, 1) },
    });
    expect(await used()).toEqual({ services: '1', 'services.nodeports': '0' });
    const toNodePort = { spec: { type: 'NodePort' } };
    expect(
      (await admission.cluster.raw.request('PATCH', `${namespace}/services/s`, toNodePort, mergePatch)).status,
    ).toBe(200);
    expect(await used()).toEqual({ services: '1', 'services.nodeports': '1' });
    const more = await admission.cluster.raw.request(
      'PATCH',
      `${namespace}/services/s`,
      { spec: { ports } },
      mergePatch,
    );
    expect(more.body.message).toContain(
      'exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1',
    );
  });

  it('gets back what is deleted, and follows its own limits', async () => {
    const { namespace, key } = await quotaOf({ secrets: '3' });
    await admission.cluster.raw.post(`${namespace}/secrets`, { metadata: { name: 's' } });
    await admission.cluster.raw.request('DELETE', `${namespace}/secrets/s`);
    await admission.cluster.waitFor(ResourceQuota, key, (quota) => quota?.status.used?.secrets === '0');
    const grown = { spec: { hard: { secrets: '4', configmaps: '9' } } };
    await admission.cluster.raw.request('PATCH', `${namespace}/resourcequotas/q`, grown, mergePatch);
    await admission.cluster.waitFor(ResourceQuota, key, (quota) => quota?.status.used?.configmaps === '1');
  });

  it('takes only what is in its scopes', async () => {
    const { namespace, used } = await quotaOf({ pods: '1' }, { scopes: ['Terminating'] });
    await admission.createPod(namespace, plainPod);
    expect(await used()).toEqual({ pods: '0' });
    await admission.createPod(namespace, { ...plainPod, activeDeadlineSeconds: 60 }, { name: 'ends' });
    expect(await used()).toEqual({ pods: '1' });
  });
});

it('gives no room twice where several API servers charge the same quotas', async () => {
  const { cluster } = await AdmissionCluster.start([], 3);
  const namespace = '/api/v1/namespaces/default';
  const quotas = [
    ['a-wide', { 'count/secrets': '20' }],
    ['b-narrow', { 'count/secrets': '7' }],
  ] as const;
  for (const [name, hard] of quotas) {
    await cluster.raw.post(`${namespace}/resourcequotas`, { metadata: { name }, spec: { hard } });
    await cluster.waitFor(ResourceQuota, { namespace: 'default', name }, (quota) => quota?.status?.used !== undefined);
  }
  await cluster.time.advance(1_000);
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      cluster.raw.post(`${namespace}/secrets`, { metadata: { name: `s-${index}` } }),
    ),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(23);
  for (const [name] of quotas) {
    // What the wide one was charged with before the narrow one refused has been given back.
    const { body } = await cluster.raw.get(`${namespace}/resourcequotas/${name}`);
    expect([name, body.status.used]).toEqual([name, { 'count/secrets': '7' }]);
  }
  await cluster.close();
});
