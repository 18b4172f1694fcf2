import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { TestNamespace } from '../api-machinery/test-namespace.ts';
import { type Amounts, podWith } from '../api-machinery/test-quota.ts';
import { conformance } from '../conformance.ts';
import { ResourceRequests } from './resource-requests.ts';

const amounts = (cpu: string, memory: string, storage: string): Amounts => ({
  ...(cpu && { cpu }),
  ...(memory && { memory }),
  ...(storage && { 'ephemeral-storage': storage }),
});

describe('the APIs of scheduling', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0, https: true });
  });
  afterAll(() => cluster.close());

  const limitRange = (name: string, labels: object, min = amounts('50m', '100Mi', '100Gi')) => ({
    metadata: { name, labels },
    spec: {
      limits: [
        {
          type: 'Container',
          min,
          max: amounts('500m', '500Mi', '500Gi'),
          default: amounts('500m', '500Mi', '500Gi'),
          defaultRequest: amounts('100m', '200Mi', '200Gi'),
        },
      ],
    },
  });

  conformance(
    '[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'limits');
      const limitRanges = new ResourceRequests(cluster, namespace.path('limitranges'));
      const pods = new ResourceRequests(cluster, namespace.path('pods'));
      const resourcesOf = async (name: string) => (await pods.get(name)).spec.containers[0].resources;
      const refused = async (name: string, requests: Amounts, limits: Amounts = {}) => {
        const { status } = await pods.answer('POST', '', podWith(name, requests, limits));
        expect([403, 422]).toContain(status);
      };

      const label = 'labelSelector=value=limits';
      const { metadata } = await limitRanges.list(label);
      const created = await limitRanges.create(limitRange('limit-range', { value: 'limits' }));
      const [added] = await limitRanges.watchedSince(metadata.resourceVersion, 1, label);
      expect(added).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'limit-range' } } });
      expect((await limitRanges.get('limit-range')).spec).toEqual(created.spec);

      await pods.create(podWith('pod-no-resources'));
      expect(await resourcesOf('pod-no-resources')).toEqual({
        requests: amounts('100m', '200Mi', '200Gi'),
        limits: amounts('500m', '500Mi', '500Gi'),
      });
      await pods.create(podWith('pod-partial-resources', amounts('', '150Mi', '150Gi'), amounts('300m', '', '')));
      expect(await resourcesOf('pod-partial-resources')).toEqual({
        requests: amounts('300m', '150Mi', '150Gi'),
        limits: amounts('300m', '500Mi', '500Gi'),
      });
      await refused('too-little', amounts('10m', '50Mi', '50Gi'));
      await refused('too-much', amounts('600m', '600Mi', '600Gi'));

      const smaller = amounts('9m', '49Mi', '49Gi');
      await limitRanges.update('limit-range', ({ spec }) => {
        spec.limits[0].min = smaller;
      });
      expect((await limitRanges.get('limit-range')).spec.limits[0].min).toEqual(smaller);
      await pods.create(podWith('less', amounts('10m', '50Mi', '50Gi')));
      await refused('still-too-much', amounts('600m', '600Mi', '600Gi'));
      await limitRanges.delete('limit-range');
      expect((await limitRanges.list(label)).items).toEqual([]);
      await pods.create(podWith('more', amounts('600m', '600Mi', '600Gi')));
    },
  );

  conformance('[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection', async () => {
    const first = await TestNamespace.create(cluster, 'limits-first');
    const second = await TestNamespace.create(cluster, 'limits-second');
    const inFirst = new ResourceRequests(cluster, first.path('limitranges'));
    const inSecond = new ResourceRequests(cluster, second.path('limitranges'));
    const everywhere = new ResourceRequests(cluster, '/api/v1/limitranges');
    const label = 'labelSelector=e2e-test=limits';
    for (const requests of [inFirst, inSecond]) {
      await requests.create(limitRange('e2e-limitrange', { 'e2e-test': 'limits' }));
    }
    expect((await everywhere.list(label)).items).toHaveLength(2);

    const min = amounts('40m', '100Mi', '100Gi');
    const patched = await inFirst.strategicPatch('e2e-limitrange', {
      ...limitRange('e2e-limitrange', { 'e2e-limitrange': 'patched' }, min),
    });
    expect(patched.metadata.labels['e2e-limitrange']).toBe('patched');
    expect(patched.spec.limits[0].min).toEqual(min);
    await inFirst.deleteCollection('labelSelector=e2e-limitrange=patched');
    expect((await inFirst.list('labelSelector=e2e-limitrange=patched')).items).toEqual([]);
    expect((await everywhere.list(label)).items).toHaveLength(1);
    await inSecond.delete('e2e-limitrange');
  });

  conformance(
    '[sig-scheduling] SchedulerPreemption [Serial] PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods',
    async () => {
      const classes = new ResourceRequests(cluster, '/apis/scheduling.k8s.io/v1/priorityclasses');
      await classes.create({ metadata: { name: 'p1' }, value: 1 });
      await classes.create({ metadata: { name: 'p2' }, value: 2 });
      const first = await classes.get('p1');
      const second = await classes.get('p2');
      for (const [name, changed] of [
        ['p1', { ...first, value: 10 }],
        ['p2', { ...second, value: 20 }],
      ]) {
        expect((await classes.answer('PUT', name, changed)).status).toBe(422);
      }
      await expect(classes.patch('p1', { value: 10 })).rejects.toThrow('422');

      expect((await classes.patch('p1', { description: 'updated description' })).description).toBe(
        'updated description',
      );
      const updated = await classes.update('p2', (one) => {
        one.description = 'updated description';
      });
      expect(updated.description).toBe('updated description');
      const { items } = await classes.list();
      const names = items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
      expect(names).toEqual(expect.arrayContaining(['p1', 'p2']));
      for (const name of ['p1', 'p2']) {
        await classes.delete(name);
        expect(await classes.isGone(name)).toBe(true);
      }
    },
  );
});
