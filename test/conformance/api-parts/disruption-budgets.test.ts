import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { podTemplate, WorkloadRequests, workload } from './workload-requests.ts';

const labels = { foo: 'bar' };

describe('disruption budgets', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.close());

  const budgetsOf = (work: WorkloadRequests) =>
    new ResourceRequests(cluster, work.namespace.path('policy/v1/poddisruptionbudgets'));
  const budget = (minAvailable: number | string, name = 'foo', own: object = {}) => ({
    metadata: { name, labels: own },
    spec: { minAvailable, selector: { matchLabels: labels } },
  });
  const createPods = async (work: WorkloadRequests, count: number) => {
    for (let index = 0; index < count; index += 1) {
      const { spec } = podTemplate('donothing', labels);
      await work.pods.create({ metadata: { name: `pod-${index}`, labels }, spec });
    }
  };
  const isProcessed = ({ metadata, status }: ReadObject) => (status.observedGeneration ?? 0) >= metadata.generation;
  const observed = (work: WorkloadRequests, name = 'foo') => work.until(budgetsOf(work), name, isProcessed);
  const evict = async (work: WorkloadRequests, name: string) =>
    (await work.pods.answer('POST', `${name}/eviction`, { metadata: { name } })).status;

  conformance('[sig-apps] DisruptionController should create a PodDisruptionBudget', async () => {
    const work = await WorkloadRequests.in(cluster, 'pdb-create');
    const budgets = budgetsOf(work);
    await budgets.create(budget('1%'));
    await observed(work);
    await budgets.update('foo', ({ spec }) => {
      spec.minAvailable = '2%';
    });
    await observed(work);
    const patched = await budgets.strategicPatch('foo', { spec: { minAvailable: '3%' } });
    expect(patched.spec.minAvailable).toBe('3%');
    await observed(work);
    await budgets.delete('foo');
    expect(await budgets.isGone('foo')).toBe(true);
  });

  conformance('[sig-apps] DisruptionController should observe PodDisruptionBudget status updated', async () => {
    const work = await WorkloadRequests.in(cluster, 'pdb-status');
    await budgetsOf(work).create(budget(1));
    await createPods(work, 3);
    await work.readyPods(labels, 3);
    await work.until(budgetsOf(work), 'foo', ({ status }) => status.disruptionsAllowed > 0);
  });

  conformance('[sig-apps] DisruptionController should update/patch PodDisruptionBudget status', async () => {
    const work = await WorkloadRequests.in(cluster, 'pdb-write-status');
    const budgets = budgetsOf(work);
    await createPods(work, 1);
    await work.readyPods(labels, 1);
    await budgets.create(budget(1));
    await observed(work);
    const disruptedPods = { 'pod-0': '2026-01-01T00:00:00Z' };
    const updated = await budgets.update('foo/status', ({ status }) => {
      status.disruptedPods = disruptedPods;
    });
    expect(updated.status.disruptedPods).toEqual(disruptedPods);
    const patched = await budgets.patch('foo/status', { status: { disruptedPods: { 'pod-0': null } } });
    expect(patched.status.disruptedPods?.['pod-0']).toBeUndefined();
  });

  conformance(
    '[sig-apps] DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets',
    async () => {
      const first = await WorkloadRequests.in(cluster, 'pdb-first');
      const second = await WorkloadRequests.in(cluster, 'pdb-second');
      const special = { 'e2e-pdb': 'listed' };
      await budgetsOf(first).create(budget(1, 'foo', special));
      await budgetsOf(first).create(budget('50%', 'foo2', special));
      await budgetsOf(second).create(budget('1%', 'foo', special));
      const everywhere = new ResourceRequests(cluster, '/apis/policy/v1/poddisruptionbudgets');
      const label = 'labelSelector=e2e-pdb=listed';
      const addresses = async (requests: ResourceRequests) =>
        (await requests.list(label)).items.map(({ metadata }: ReadObject) => `${metadata.namespace}/${metadata.name}`);
      expect(await addresses(everywhere)).toEqual(['pdb-first/foo', 'pdb-first/foo2', 'pdb-second/foo']);
      expect(await addresses(budgetsOf(first))).toEqual(['pdb-first/foo', 'pdb-first/foo2']);
      await budgetsOf(first).deleteCollection(label);
      expect(await addresses(everywhere)).toEqual(['pdb-second/foo']);
    },
  );

  conformance(
    '[sig-apps] DisruptionController should block an eviction until the PDB is updated to allow it',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'pdb-evict');
      const budgets = budgetsOf(work);
      await work.replicaSets.create(workload('rs', 3, labels));
      const [first, second] = await work.readyPods(labels, 3);
      await budgets.create(budget(3));
      await observed(work);
      expect(await evict(work, first.metadata.name)).toBe(429);

      await budgets.update('foo', ({ spec }) => {
        spec.minAvailable = 2;
      });
      await work.until(budgets, 'foo', ({ status }) => status.disruptionsAllowed > 0);
      expect(await evict(work, first.metadata.name)).toBe(201);
      await eventually(cluster, () => work.pods.isGone(first.metadata.name));
      await work.readyPods(labels, 3);

      await budgets.strategicPatch('foo', { spec: { minAvailable: 3 } });
      await work.until(budgets, 'foo', (one) => isProcessed(one) && one.status.disruptionsAllowed === 0);
      expect(await evict(work, second.metadata.name)).toBe(429);
      await budgets.delete('foo');
      expect(await evict(work, second.metadata.name)).toBe(201);
    },
  );
});
