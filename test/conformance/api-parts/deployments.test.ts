import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { Pod } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import type { WatchEvent } from '../../api/https-exchange.ts';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { podTemplate, WorkloadRequests, workload, workloadImage } from './workload-requests.ts';

const otherImage = 'registry.k8s.io/e2e-test-images/agnhost:2.53';

describe('deployments', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, https: true });
  });
  afterAll(() => cluster.close());

  const labels = { name: 'sample-pod' };
  const isComplete = ({ metadata, spec, status }: ReadObject) =>
    status.observedGeneration >= metadata.generation &&
    status.updatedReplicas === spec.replicas &&
    status.availableReplicas === spec.replicas &&
    status.replicas === spec.replicas;
  const hasImage = (image: string) => (deployment: ReadObject) =>
    deployment.spec.template.spec.containers[0].image === image;
  const revisionOf = ({ metadata }: ReadObject) => metadata.annotations['deployment.kubernetes.io/revision'];
  const replicaSetsOf = async (work: WorkloadRequests): Promise<ReadObject[]> => (await work.replicaSets.list()).items;
  /** What has happened to the pods until the newest of them was bound. */
  const podsSince = async (work: WorkloadRequests, resourceVersion: string): Promise<WatchEvent[]> => {
    for (let count = 1; ; count += 1) {
      const events = await work.pods.watchedSince(resourceVersion, count);
      if (events.some(({ type }) => type === 'ADDED')) return events;
    }
  };
  const sizes = (sets: ReadObject[]) => sets.map(({ spec }) => spec.replicas).sort();

  conformance('[sig-apps] Deployment RollingUpdateDeployment should delete old pods and create new ones', async () => {
    const work = await WorkloadRequests.in(cluster, 'rolling-update');
    const annotations = { 'deployment.kubernetes.io/revision': '3546342826724305832' };
    const old = workload('test-rolling-update-controller', 1, labels);
    await work.replicaSets.create({ ...old, metadata: { ...old.metadata, annotations } });
    await work.readyPods(labels, 1);
    await work.deployments.create({
      ...workload('test-rolling-update-deployment', 1, labels),
      spec: { replicas: 1, selector: { matchLabels: labels }, template: podTemplate('agnhost', labels, otherImage) },
    });
    await work.until(work.deployments, 'test-rolling-update-deployment', isComplete);
    expect(revisionOf(await work.deployments.get('test-rolling-update-deployment'))).toBe('3546342826724305833');
    const adopted = await work.replicaSets.get('test-rolling-update-controller');
    expect(adopted.spec.replicas).toBe(0);
    expect(adopted.metadata.ownerReferences).toMatchObject([{ kind: 'Deployment', controller: true }]);
    expect(await replicaSetsOf(work)).toHaveLength(2);
  });

  conformance('[sig-apps] Deployment RecreateDeployment should delete old pods and create new ones', async () => {
    const work = await WorkloadRequests.in(cluster, 'recreate');
    const name = 'test-recreate-deployment';
    await work.deployments.create(workload(name, 1, labels, { strategy: { type: 'Recreate' } }));
    await work.until(work.deployments, name, isComplete);
    const before = await work.deployments.get(name);
    const { metadata } = await work.pods.list();
    await work.deployments.update(name, ({ spec }) => {
      spec.template.spec.containers[0] = { name: 'httpd', image: otherImage };
    });
    await work.until(work.deployments, name, isComplete);
    expect(revisionOf(before)).toBe('1');
    expect(revisionOf(await work.deployments.get(name))).toBe('2');
    // The old pod runs no more before the new one begins.
    const events = await podsSince(work, metadata.resourceVersion);
    const begins = events.findIndex(({ type }) => type === 'ADDED');
    const isOver = ({ type, object }: WatchEvent) => type === 'DELETED' || object.status.phase !== 'Running';
    expect(events.slice(0, begins).some(isOver)).toBe(true);
  });

  conformance('[sig-apps] Deployment deployment should delete old replica sets', async () => {
    const work = await WorkloadRequests.in(cluster, 'cleanup');
    await work.replicaSets.create(workload('test-cleanup-controller', 1, labels));
    await work.readyPods(labels, 1);
    await work.deployments.create({
      metadata: { name: 'test-cleanup-deployment' },
      spec: {
        revisionHistoryLimit: 0,
        selector: { matchLabels: labels },
        template: podTemplate('agnhost', labels, otherImage),
      },
    });
    await eventually(cluster, async () => {
      const sets = await replicaSetsOf(work);
      return sets.length === 1 && sets[0].metadata.name.startsWith('test-cleanup-deployment');
    });
  });

  conformance('[sig-apps] Deployment deployment should support rollover', async () => {
    const work = await WorkloadRequests.in(cluster, 'rollover');
    const name = 'test-rollover-deployment';
    await work.replicaSets.create(workload('test-rollover-controller', 1, labels));
    await work.readyPods(labels, 1);
    await work.deployments.create({
      metadata: { name },
      spec: {
        replicas: 1,
        minReadySeconds: 10,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        selector: { matchLabels: labels },
        template: podTemplate('redis-slave', labels, 'does-not-exist/redis-slave:1'),
      },
    });
    await eventually(cluster, async () => (await replicaSetsOf(work)).length === 2);
    await work.deployments.update(name, ({ spec }) => {
      spec.template.spec.containers[0] = { name: 'agnhost', image: otherImage };
    });
    await work.until(work.deployments, name, isComplete);
    const deployment = await work.deployments.get(name);
    expect(revisionOf(deployment)).toBe('2');
    expect(hasImage(otherImage)(deployment)).toBe(true);
    expect(sizes(await replicaSetsOf(work))).toEqual([0, 0, 1]);
  });

  conformance('[sig-apps] Deployment deployment should support proportional scaling', async () => {
    const work = await WorkloadRequests.in(cluster, 'proportional');
    const name = 'webserver-deployment';
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    await work.deployments.create(workload(name, 10, labels, { strategy }));
    await work.until(work.deployments, name, isComplete);
    // An image that cannot be pulled keeps the rollout in its middle.
    await work.deployments.update(name, ({ spec }) => {
      spec.template.spec.containers[0].image = 'does-not-exist/webserver:404';
    });
    await eventually(cluster, async () => String(sizes(await replicaSetsOf(work))) === String([5, 8]));
    await work.until(work.deployments, name, ({ status }) => status.availableReplicas === 8);
    await work.deployments.update(name, ({ spec }) => {
      spec.replicas = 30;
    });
    await eventually(cluster, async () => String(sizes(await replicaSetsOf(work))) === String([13, 20]));
  });

  conformance('[sig-apps] Deployment Deployment should have a working scale subresource', async () => {
    const work = await WorkloadRequests.in(cluster, 'deployment-scale');
    const name = 'test-new-deployment';
    await work.deployments.create(workload(name, 1, labels));
    await work.until(work.deployments, name, isComplete);
    const scale = await work.deployments.get(`${name}/scale`);
    expect([scale.spec.replicas, scale.status.replicas]).toEqual([1, 1]);
    const updated = await work.deployments.replace(`${name}/scale`, {
      ...scale,
      metadata: { ...scale.metadata, resourceVersion: '' },
      spec: { replicas: 2 },
    });
    expect(updated.spec.replicas).toBe(2);
    expect((await work.deployments.get(name)).spec.replicas).toBe(2);
    await work.deployments.strategicPatch(`${name}/scale`, { spec: { replicas: 4 } });
    expect((await work.deployments.get(name)).spec.replicas).toBe(4);
  });

  conformance('[sig-apps] Deployment should validate Deployment Status endpoints', async () => {
    const work = await WorkloadRequests.in(cluster, 'deployment-status');
    const name = 'test-deployment';
    await work.deployments.create(workload(name, 1, { e2e: 'testing' }));
    await work.until(work.deployments, name, isComplete);
    const { metadata } = await work.deployments.list('labelSelector=e2e=testing');
    const { status } = await work.deployments.get(`${name}/status`);
    expect(status.conditions.length).toBeGreaterThan(0);
    const updated = await work.deployments.update(`${name}/status`, (deployment) => {
      deployment.status.conditions.push({
        type: 'StatusUpdate',
        status: 'True',
        reason: 'E2E',
        message: 'Set from e2e test',
      });
    });
    expect(updated.status.conditions).toContainEqual(expect.objectContaining({ type: 'StatusUpdate' }));
    await work.deployments.strategicPatch(`${name}/status`, {
      status: { conditions: [{ type: 'StatusPatched', status: 'True' }] },
    });
    const events = await work.deployments.watchedSince(metadata.resourceVersion, 2, 'labelSelector=e2e=testing');
    const typesOf = ({ object }: { object: ReadObject }) =>
      object.status.conditions.map(({ type }: ReadObject) => type);
    expect(events[0] && typesOf(events[0])).toContain('StatusUpdate');
    expect(events[1] && typesOf(events[1])).toContain('StatusPatched');
  });

  conformance('[sig-apps] Deployment should run the lifecycle of a Deployment', async () => {
    const work = await WorkloadRequests.in(cluster, 'deployment-lifecycle');
    const everywhere = new ResourceRequests(cluster, '/apis/apps/v1/deployments');
    const name = 'test-deployment';
    const label = 'labelSelector=test-deployment-static=true';
    const { metadata } = await work.deployments.list(label);
    await work.deployments.create(workload(name, 2, { 'test-deployment-static': 'true' }));
    await work.until(work.deployments, name, isComplete);

    await work.deployments.strategicPatch(name, {
      metadata: { labels: { 'test-deployment': 'patched' } },
      spec: { replicas: 1, template: { spec: { containers: [{ name, image: otherImage }] } } },
    });
    await work.until(work.deployments, name, isComplete);
    const found = (await everywhere.list(label)).items;
    expect(found).toMatchObject([{ metadata: { name, labels: { 'test-deployment': 'patched' } } }]);
    expect(hasImage(otherImage)(found[0])).toBe(true);

    await work.deployments.update(`${name}/status`, ({ status }) => {
      status.conditions.push({ type: 'Updated', status: 'True', reason: 'E2E' });
    });
    expect((await work.deployments.get(`${name}/status`)).status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Updated' }),
    );
    await work.deployments.update(name, ({ metadata: { labels: own }, spec }) => {
      own['test-deployment'] = 'updated';
      spec.replicas = 2;
      spec.template.spec.containers[0].image = workloadImage;
    });
    await work.until(work.deployments, name, isComplete);
    await work.deployments.strategicPatch(`${name}/status`, {
      metadata: { labels: { 'test-deployment': 'patched-status' } },
    });
    await work.deployments.deleteCollection(label);
    await eventually(cluster, async () => (await work.deployments.list(label)).items.length === 0);
    await cluster.waitForAll(Pod, (pods) => pods.every((pod) => pod.metadata.namespace !== work.namespace.name));
    const [first] = await work.deployments.watchedSince(metadata.resourceVersion, 1, label);
    expect(first?.type).toBe('ADDED');
  });
});
