import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { podTemplate, replicationController, WorkloadRequests } from './workload-requests.ts';

describe('replication controllers', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ https: true });
  });
  afterAll(() => cluster.close());

  conformance(
    '[sig-apps] ReplicationController should serve a basic image on each replica with a public image',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'rc-basic');
      await work.controllers.create(replicationController('my-hostname-basic', 1, { name: 'my-hostname-basic' }));
      const [pod] = await work.readyPods({ name: 'my-hostname-basic' }, 1);
      expect(pod.metadata.ownerReferences).toMatchObject([{ kind: 'ReplicationController' }]);
    },
  );

  conformance('[sig-apps] ReplicationController should adopt matching pods on creation', async () => {
    const work = await WorkloadRequests.in(cluster, 'rc-adopt');
    const name = 'pod-adoption';
    const template = podTemplate(name, { name });
    await work.pods.create({ ...template, metadata: { name, labels: { name } } });
    const owner = await work.controllers.create(replicationController(name, 1, { name }));
    await work.until(
      work.pods,
      name,
      ({ metadata }) =>
        metadata.ownerReferences?.[0]?.uid === owner.metadata.uid && metadata.ownerReferences[0].controller,
    );
  });

  conformance('[sig-apps] ReplicationController should release no longer matching pods', async () => {
    const work = await WorkloadRequests.in(cluster, 'rc-release');
    const labels = { name: 'pod-release' };
    await work.controllers.create(replicationController('pod-release', 1, labels));
    const [pod] = await work.readyPods(labels, 1);
    await work.pods.strategicPatch(pod.metadata.name, { metadata: { labels: { name: 'not-matching-name' } } });
    await work.until(work.pods, pod.metadata.name, ({ metadata }) => metadata.ownerReferences === undefined);
  });

  conformance(
    '[sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'rc-quota');
      const name = 'condition-test';
      const failure = ({ status }: ReadObject) =>
        status.conditions?.find(({ type }: ReadObject) => type === 'ReplicaFailure');
      const quotas = new ResourceRequests(cluster, work.namespace.path('resourcequotas'));
      await quotas.create({ metadata: { name }, spec: { hard: { pods: '2' } } });
      await work.until(quotas, name, ({ status }) => status.hard?.pods === '2');
      await work.controllers.create(replicationController(name, 3, { name }));
      await work.until(work.controllers, name, (controller) => failure(controller) !== undefined);
      await work.controllers.update(name, ({ spec }) => {
        spec.replicas = 2;
      });
      await work.until(work.controllers, name, (controller) => failure(controller) === undefined);
    },
  );

  conformance('[sig-apps] ReplicationController should get and update a ReplicationController scale', async () => {
    const work = await WorkloadRequests.in(cluster, 'rc-scale');
    const name = 'e2e-rc';
    await work.controllers.create(replicationController(name, 1, { name }));
    await work.until(work.controllers, name, ({ status }) => status.replicas === 1);
    expect((await work.controllers.get(`${name}/scale`)).status.replicas).toBe(1);
    await work.controllers.update(`${name}/scale`, ({ spec }) => {
      spec.replicas = 2;
    });
    await work.until(work.controllers, name, ({ status }) => status.replicas === 2);
  });

  conformance('[sig-apps] ReplicationController should test the lifecycle of a ReplicationController', async () => {
    const work = await WorkloadRequests.in(cluster, 'rc-lifecycle');
    const everywhere = new ResourceRequests(cluster, '/api/v1/replicationcontrollers');
    const name = 'rc-test';
    const label = 'labelSelector=test-rc-static=true';
    const { metadata } = await work.controllers.list(label);
    await work.controllers.create(replicationController(name, 1, { 'test-rc-static': 'true' }));
    await work.until(work.controllers, name, ({ status }) => status.readyReplicas === 1);
    const [added] = await work.controllers.watchedSince(metadata.resourceVersion, 1, label);
    expect(added?.type).toBe('ADDED');

    const labelled = { metadata: { labels: { 'test-rc': 'patched' } } };
    expect((await work.controllers.strategicPatch(name, labelled)).metadata.labels['test-rc']).toBe('patched');
    await work.controllers.strategicPatch(`${name}/status`, { status: { readyReplicas: 0, availableReplicas: 0 } });
    expect((await work.controllers.get(`${name}/status`)).metadata.name).toBe(name);
    await work.controllers.patch(`${name}/scale`, { spec: { replicas: 2 } });
    await work.until(work.controllers, name, ({ spec, status }) => spec.replicas === 2 && status.readyReplicas === 2);

    await work.controllers.update(`${name}/status`, ({ status }) => {
      status.readyReplicas = 1;
      status.availableReplicas = 1;
    });
    await work.until(work.controllers, name, ({ status }) => status.readyReplicas === 2);
    const found = (await everywhere.list(label)).items;
    expect(found).toMatchObject([{ metadata: { name, labels: { 'test-rc': 'patched' } } }]);
    await work.controllers.deleteCollection(label);
    await eventually(cluster, async () => (await work.controllers.list(label)).items.length === 0);
  });
});
