import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { WorkloadRequests } from './workload-requests.ts';

jest.setTimeout(30_000);

const image = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

describe('pods', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ https: true });
  });
  afterAll(() => cluster.close());

  const pod = (name: string, labels: object = {}, spec: object = {}) => ({
    metadata: { name, labels },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image }], ...spec },
  });
  const isRunning = ({ status }: ReadObject) => status.phase === 'Running';
  const runningPod = async (namespace: string, labels: object = {}, spec: object = {}) => {
    const work = await WorkloadRequests.in(cluster, namespace);
    await work.pods.create(pod('pod', labels, spec));
    await work.until(work.pods, 'pod', isRunning);
    return work;
  };
  const events = (types: readonly { type: string }[]) => types.map(({ type }) => type);

  conformance('[sig-node] Pods should be submitted and removed [NodeConformance]', async () => {
    const work = await WorkloadRequests.in(cluster, 'submitted');
    const label = 'labelSelector=time=1';
    const { items, metadata } = await work.pods.list(label);
    expect(items).toEqual([]);
    await work.pods.create(pod('pod', { name: 'foo', time: '1' }, { terminationGracePeriodSeconds: 30 }));
    expect((await work.pods.list(label)).items).toHaveLength(1);
    await work.until(work.pods, 'pod', isRunning);
    await work.pods.delete('pod', { gracePeriodSeconds: 30 });
    await eventually(cluster, () => work.pods.isGone('pod'));
    const seen = await untilDeleted(work.pods, metadata.resourceVersion, label);
    expect(events(seen)[0]).toBe('ADDED');
    const { object } = seen.at(-1) ?? {};
    expect(object?.metadata).toMatchObject({ deletionTimestamp: expect.anything() });
    expect(seen.find((event) => event.object.metadata.deletionGracePeriodSeconds === 30)?.type).toBe('MODIFIED');
    expect((await work.pods.list(label)).items).toEqual([]);
  });

  conformance('[sig-node] Pods should be updated [NodeConformance]', async () => {
    const work = await runningPod('updated', { time: '1' });
    expect((await work.pods.list('labelSelector=time=1')).items).toHaveLength(1);
    await work.pods.update('pod', ({ metadata }) => {
      metadata.labels.time = '2';
    });
    expect((await work.pods.list('labelSelector=time=2')).items).toHaveLength(1);
  });

  conformance('[sig-node] Pods should allow activeDeadlineSeconds to be updated [NodeConformance]', async () => {
    const work = await runningPod('deadline', { time: '1' });
    await work.pods.update('pod', ({ spec }) => {
      spec.activeDeadlineSeconds = 5;
    });
    await work.until(
      work.pods,
      'pod',
      ({ status }) => status.phase === 'Failed' && status.reason === 'DeadlineExceeded',
    );
  });

  conformance('[sig-node] Pods should get a host IP [NodeConformance]', async () => {
    const work = await runningPod('host-ip');
    expect((await work.pods.get('pod')).status.hostIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  });

  conformance('[sig-node] Pods should delete a collection of pods', async () => {
    const work = await WorkloadRequests.in(cluster, 'pod-collection');
    const labels = { type: 'Testing' };
    for (const name of ['test-pod-1', 'test-pod-2', 'test-pod-3']) await work.pods.create(pod(name, labels));
    await work.readyPods(labels, 3);
    await work.pods.deleteCollection('labelSelector=type=Testing');
    await eventually(cluster, async () => (await work.pods.list('labelSelector=type=Testing')).items.length === 0);
  });

  conformance('[sig-node] Pods should patch a pod status', async () => {
    const work = await runningPod('patched-status', { e2e: 'status' });
    const everywhere = new ResourceRequests(cluster, '/api/v1/pods');
    expect((await everywhere.list('labelSelector=e2e=status')).items).toHaveLength(1);
    const { status } = await work.pods.patch('pod/status', {
      status: { message: 'Patched by e2e test', reason: 'E2E' },
    });
    expect(status).toMatchObject({ message: 'Patched by e2e test', reason: 'E2E' });
  });

  conformance('[sig-node] Pods should run through the lifecycle of Pods and PodStatus', async () => {
    const work = await WorkloadRequests.in(cluster, 'pod-lifecycle');
    const label = 'labelSelector=test-pod-static=true';
    const { metadata } = await work.pods.list(label);
    await work.pods.create(pod('pod', { 'test-pod-static': 'true' }));
    await work.until(work.pods, 'pod', isRunning);
    await work.pods.strategicPatch('pod', {
      metadata: { labels: { 'test-pod': 'patched' } },
      spec: { containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }] },
    });
    const patched = await work.pods.get('pod');
    expect(patched.metadata.labels['test-pod']).toBe('patched');
    expect(patched.spec.containers[0].image).toBe('registry.k8s.io/pause:3.10');
    const replaced = await work.pods.update('pod/status', ({ status }) => {
      for (const condition of status.conditions) if (condition.type === 'Ready') condition.status = 'False';
    });
    expect(replaced.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
    await work.pods.deleteCollection(label);
    await eventually(cluster, () => work.pods.isGone('pod'));
    const seen = events(await untilDeleted(work.pods, metadata.resourceVersion, label));
    expect([seen[0], seen.at(-1)]).toEqual(['ADDED', 'DELETED']);
  });

  conformance(
    '[sig-node] Pods Extended Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'qos');
      const amounts = { cpu: '100m', memory: '100Mi' };
      const resources = { requests: amounts, limits: amounts };
      const created = await work.pods.create(pod('pod', {}, { containers: [{ name: 'main', image, resources }] }));
      expect(created.status.qosClass).toBe('Guaranteed');
    },
  );

  conformance(
    '[sig-node] Pods Extended (pod generation) Pod Generation pod generation should start at 1 and increment per update [MinimumKubeletVersion:1.34]',
    async () => {
      const work = await runningPod('generation');
      const expectGeneration = async (generation: number) => {
        expect((await work.pods.get('pod')).metadata.generation).toBe(generation);
        await work.until(work.pods, 'pod', ({ status }) => status.observedGeneration === generation);
      };
      await expectGeneration(1);
      await work.pods.patch('pod', { spec: { activeDeadlineSeconds: 5000 } });
      await expectGeneration(2);
      await work.pods.strategicPatch('pod', {
        spec: { containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }] },
      });
      await expectGeneration(3);
      await work.pods.update('pod', ({ spec }) => {
        spec.tolerations = [...(spec.tolerations ?? []), { key: 'foo', operator: 'Exists' }];
      });
      await expectGeneration(4);
      await work.pods.patch('pod', { metadata: { annotations: { key1: 'value1' } } });
      await expectGeneration(4);
    },
  );

  conformance(
    '[sig-node] Pods Extended (pod generation) Pod Generation custom-set generation on new pods and graceful delete',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'custom-generation');
      const { metadata, spec } = pod('pod', {}, { terminationGracePeriodSeconds: 10 });
      const created = await work.pods.create({
        metadata: { ...metadata, generation: 100, finalizers: ['example.com/kept'] },
        spec,
      });
      expect(created.metadata.generation).toBe(1);
      await work.until(work.pods, 'pod', isRunning);
      await work.pods.delete('pod');
      expect((await work.pods.get('pod')).metadata.generation).toBe(2);
      await work.pods.patch('pod', { metadata: { finalizers: null } });
      await eventually(cluster, () => work.pods.isGone('pod'));
    },
  );

  conformance(
    '[sig-node] Pods Extended (pod generation) Pod Generation issue 500 podspec updates and verify generation and observedGeneration eventually converge [MinimumKubeletVersion:1.34]',
    async () => {
      const work = await runningPod('many-generations');
      for (let index = 0; index < 500; index += 1) {
        await work.pods.patch('pod', { spec: { activeDeadlineSeconds: 5000 - index } });
      }
      const { metadata } = await work.pods.get('pod');
      expect(metadata.generation).toBe(501);
      await work.until(work.pods, 'pod', ({ status }) => status.observedGeneration === 501);
    },
  );
});

/** All events until the object is deleted. */
async function untilDeleted(pods: ResourceRequests, resourceVersion: string, query: string) {
  for (let count = 3; ; count += 1) {
    const seen = await pods.watchedSince(resourceVersion, count, query);
    if (seen.at(-1)?.type === 'DELETED') return seen;
  }
}
