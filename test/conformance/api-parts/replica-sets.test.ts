import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { exchange } from '../../api/https-exchange.ts';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { podTemplate, WorkloadRequests, workload } from './workload-requests.ts';

describe('replica sets', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ https: true });
  });
  afterAll(() => cluster.close());

  const labels = { name: 'sample-pod' };
  const isReplicated = ({ spec, status }: ReadObject) => status.readyReplicas === spec.replicas;

  conformance('[sig-apps] ReplicaSet should serve a basic image on each replica with a public image', async () => {
    const work = await WorkloadRequests.in(cluster, 'rs-basic');
    await work.replicaSets.create(workload('my-hostname-basic', 1, { name: 'my-hostname-basic' }));
    const [pod] = await work.readyPods({ name: 'my-hostname-basic' }, 1);
    const path = work.namespace.path(`pods/${pod.metadata.name}/log`);
    const { status } = await exchange({ port: cluster.apiPort ?? 0, certificates: cluster.certificates }, path);
    expect(status).toBe(200);
  });

  conformance(
    '[sig-apps] ReplicaSet should adopt matching pods on creation and release no longer matching pods',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'rs-adopt');
      const name = 'pod-adoption-release';
      await work.pods.create({ ...podTemplate(name, {}), metadata: { name, labels: { name } } });
      const owner = await work.replicaSets.create(workload(name, 1, { name }));
      const owners = async () => (await work.pods.get(name)).metadata.ownerReferences ?? [];
      await eventually(cluster, async () => (await owners())[0]?.uid === owner.metadata.uid);
      expect(await owners()).toMatchObject([{ controller: true }]);
      await work.pods.strategicPatch(name, { metadata: { labels: { name: 'not-matching-name' } } });
      await eventually(cluster, async () => (await owners()).length === 0);
    },
  );

  conformance('[sig-apps] ReplicaSet Replicaset should have a working scale subresource', async () => {
    const work = await WorkloadRequests.in(cluster, 'rs-scale');
    const name = 'test-rs';
    await work.replicaSets.create(workload(name, 1, labels));
    await work.readyPods(labels, 1);
    const scale = await work.replicaSets.get(`${name}/scale`);
    expect(scale.spec.replicas).toBe(1);
    const wanted = { ...scale, metadata: { ...scale.metadata, resourceVersion: '' }, spec: { replicas: 2 } };
    expect((await work.replicaSets.replace(`${name}/scale`, wanted)).spec.replicas).toBe(2);
    expect((await work.replicaSets.get(name)).spec.replicas).toBe(2);
    await work.replicaSets.strategicPatch(`${name}/scale`, { spec: { replicas: 4 } });
    expect((await work.replicaSets.get(name)).spec.replicas).toBe(4);
    await work.readyPods(labels, 4);
  });

  conformance('[sig-apps] ReplicaSet Replace and Patch tests', async () => {
    const work = await WorkloadRequests.in(cluster, 'rs-patch');
    const name = 'test-rs';
    await work.replicaSets.create(workload(name, 1, labels));
    await work.readyPods(labels, 1);
    await work.replicaSets.update(name, ({ spec }) => {
      spec.replicas = 2;
    });
    await work.readyPods(labels, 2);
    const image = 'registry.k8s.io/pause:3.10';
    await work.replicaSets.strategicPatch(name, {
      metadata: { labels: { 'test-rs': 'patched' } },
      spec: { replicas: 3, template: { spec: { containers: [{ name, image }] } } },
    });
    await work.until(work.replicaSets, name, isReplicated);
    const patched = await work.replicaSets.get(name);
    expect(patched.metadata.labels['test-rs']).toBe('patched');
    expect(patched.status.readyReplicas).toBe(3);
    expect(patched.spec.template.spec.containers[0].image).toBe(image);
  });

  conformance('[sig-apps] ReplicaSet should list and delete a collection of ReplicaSets', async () => {
    const work = await WorkloadRequests.in(cluster, 'rs-collection');
    const everywhere = new ResourceRequests(cluster, '/apis/apps/v1/replicasets');
    await work.replicaSets.create(workload('test-rs', 3, { e2e: 'collection' }));
    await work.readyPods({ e2e: 'collection' }, 3);
    expect((await everywhere.list('labelSelector=e2e=collection')).items).toHaveLength(1);
    await work.replicaSets.deleteCollection('labelSelector=e2e=collection');
    expect((await everywhere.list('labelSelector=e2e=collection')).items).toEqual([]);
  });

  conformance('[sig-apps] ReplicaSet should validate Replicaset Status endpoints', async () => {
    const work = await WorkloadRequests.in(cluster, 'rs-status');
    const name = 'test-rs';
    const label = 'labelSelector=e2e=status';
    await work.replicaSets.create(workload(name, 1, { e2e: 'status' }));
    await work.readyPods({ e2e: 'status' }, 1);
    await work.until(work.replicaSets, name, isReplicated);
    const { metadata } = await work.replicaSets.list(label);
    expect((await work.replicaSets.get(`${name}/status`)).status.replicas).toBe(1);
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' };
    const updated = await work.replicaSets.update(`${name}/status`, ({ status }) => {
      status.conditions = [...(status.conditions ?? []), condition];
    });
    expect(updated.status.conditions).toContainEqual(expect.objectContaining(condition));
    await work.replicaSets.strategicPatch(`${name}/status`, {
      status: { conditions: [{ type: 'StatusPatched', status: 'True' }] },
    });
    const events = await work.replicaSets.watchedSince(metadata.resourceVersion, 2, label);
    const typesOf = ({ object }: { object: ReadObject }) =>
      object.status.conditions.map(({ type }: ReadObject) => type);
    expect(events[0] && typesOf(events[0])).toContain('StatusUpdate');
    expect(events[1] && typesOf(events[1])).toContain('StatusPatched');
  });
});
