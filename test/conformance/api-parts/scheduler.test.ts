import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { Node } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import type { ReadObject } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { WorkloadRequests } from './workload-requests.ts';

jest.setTimeout(30_000);

const image = 'registry.k8s.io/pause:3.10';

describe('the scheduler', () => {
  let cluster: TestCluster;
  let nodes: ResourceRequests;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2 });
    nodes = new ResourceRequests(cluster, '/api/v1/nodes');
    const isReady = ({ status }: Node) =>
      status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
    await cluster.waitForAll(
      Node,
      (all) => all.length === 2 && all.every((node) => isReady(node) && node.spec.podCIDR),
    );
  });
  afterAll(() => cluster.close());

  const pod = (name: string, spec: object = {}, resources: object = {}) => ({
    metadata: { name, labels: { name } },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name, image, resources }], ...spec },
  });
  const amount = (resource: string, count: string) => ({
    requests: { [resource]: count },
    limits: { [resource]: count },
  });
  const isScheduled = ({ spec }: ReadObject) => spec.nodeName !== undefined;
  const isUnschedulable = ({ status }: ReadObject) =>
    (status.conditions ?? []).some(({ reason }: ReadObject) => reason === 'Unschedulable');
  const withLabel = (node: string, label: string, test: () => Promise<void>) =>
    nodes
      .strategicPatch(node, { metadata: { labels: { [label]: '42' } } })
      .then(test)
      .finally(() => nodes.patch(node, { metadata: { labels: { [label]: null } } }));

  conformance('[sig-architecture] Conformance Tests should have at least two untainted nodes', async () => {
    const { items } = await nodes.list();
    expect(items.filter(({ spec }: ReadObject) => (spec.taints ?? []).length === 0).length).toBeGreaterThan(1);
  });

  conformance(
    '[sig-scheduling] SchedulerPredicates [Serial] validates resource limits of pods that are allowed to run',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'limits-of-nodes');
      const cpuOf = ({ status }: ReadObject) => Number.parseInt(status.allocatable.cpu, 10);
      for (const node of (await nodes.list()).items) {
        const { name } = node.metadata;
        const filler = pod(
          `filler-${name}`,
          { nodeSelector: { 'kubernetes.io/hostname': name } },
          amount('cpu', `${cpuOf(node) - 0.5}`),
        );
        await work.pods.create(filler);
        await work.until(work.pods, `filler-${name}`, isScheduled);
      }
      await work.pods.create(pod('additional-pod', {}, amount('cpu', '1')));
      await work.until(work.pods, 'additional-pod', isUnschedulable);
      const failed = new ResourceRequests(cluster, work.namespace.path('events'));
      await eventually(
        cluster,
        async () =>
          (await failed.list('fieldSelector=involvedObject.name=additional-pod,reason=FailedScheduling')).items.length >
          0,
      );
      await work.pods.deleteCollection('');
    },
  );

  conformance(
    '[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if not matching',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'no-such-node');
      await work.pods.create(pod('restricted-pod', { nodeSelector: { label: 'nonempty' } }));
      await work.until(work.pods, 'restricted-pod', isUnschedulable);
    },
  );

  conformance(
    '[sig-scheduling] SchedulerPredicates [Serial] validates that NodeSelector is respected if matching',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'such-a-node');
      const label = 'kubernetes.io/e2e-matching';
      await withLabel('node-2', label, async () => {
        await work.pods.create(pod('with-labels', { nodeSelector: { [label]: '42' } }));
        await work.until(work.pods, 'with-labels', isScheduled);
        expect((await work.pods.get('with-labels')).spec.nodeName).toBe('node-2');
      });
    },
  );

  conformance(
    '[sig-scheduling] SchedulerPredicates [Serial] validates that there exists conflict between pods with same hostPort and protocol but one using 0.0.0.0 hostIP',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'host-ports');
      const label = 'kubernetes.io/e2e-host-port';
      const onPort = (name: string, hostIP: string) => {
        const ports = [{ hostPort: 54_322, containerPort: 8080, protocol: 'TCP', hostIP }];
        return pod(name, { nodeSelector: { [label]: '42' }, containers: [{ name, image, ports }] });
      };
      await withLabel('node-1', label, async () => {
        await work.pods.create(onPort('pod4', '0.0.0.0'));
        await work.until(work.pods, 'pod4', isScheduled);
        await work.pods.create(onPort('pod5', '127.0.0.1'));
        await work.until(work.pods, 'pod5', isUnschedulable);
      });
      await work.pods.deleteCollection('');
    },
  );
});
