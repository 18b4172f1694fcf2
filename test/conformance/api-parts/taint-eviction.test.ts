import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { Node, Pod } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { ResourceRequests } from './resource-requests.ts';
import { WorkloadRequests } from './workload-requests.ts';

const taint = { key: 'kubernetes.io/e2e-evict-taint-key', value: 'evictTaintVal', effect: 'NoExecute' };

describe('taints that evict', () => {
  let cluster: TestCluster;
  let nodes: ResourceRequests;
  beforeAll(async () => {
    cluster = await startCluster();
    nodes = new ResourceRequests(cluster, '/api/v1/nodes');
    await cluster.waitFor(Node, { namespace: '', name: 'node-1' }, (node) => node?.spec.podCIDR !== undefined);
  });
  afterAll(() => cluster.close());

  const taintNode = (tainted: boolean) =>
    nodes.update('node-1', ({ spec }) => {
      spec.taints = tainted ? [taint] : [];
    });
  const createPod = async (work: WorkloadRequests, name: string, tolerationSeconds: number) => {
    const { key, value, effect } = taint;
    await work.pods.create({
      metadata: { name, labels: { group: 'taint-eviction' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        tolerations: [{ key, value, effect, operator: 'Equal', tolerationSeconds }],
        containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10' }],
      },
    });
    await work.until(work.pods, name, ({ status }) => status.phase === 'Running');
  };

  conformance(
    '[sig-node] NoExecuteTaintManager Single Pod [Serial] removing taint cancels eviction [Disruptive]',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'taint-removed');
      await createPod(work, 'taint-eviction', 65);
      await taintNode(true);
      await cluster.time.advance('60s');
      expect((await work.pods.get('taint-eviction')).metadata.deletionTimestamp).toBeUndefined();
      await taintNode(false);
      await cluster.time.advance('65s');
      expect((await work.pods.get('taint-eviction')).metadata.deletionTimestamp).toBeUndefined();
    },
  );

  conformance(
    '[sig-node] NoExecuteTaintManager Multiple Pods [Serial] evicts pods with minTolerationSeconds [Disruptive]',
    async () => {
      const work = await WorkloadRequests.in(cluster, 'taint-evicts');
      await createPod(work, 'taint-eviction-1', 5);
      await createPod(work, 'taint-eviction-2', 30);
      const untilEvicted = (name: string) =>
        cluster.waitFor(Pod, { namespace: work.namespace.name, name }, (pod) => pod === undefined);
      await taintNode(true);
      await untilEvicted('taint-eviction-1');
      expect((await work.pods.get('taint-eviction-2')).metadata.deletionTimestamp).toBeUndefined();
      await untilEvicted('taint-eviction-2');
      await taintNode(false);
    },
  );
});
