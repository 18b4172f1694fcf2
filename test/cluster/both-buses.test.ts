import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Deployment, EndpointSlice, Namespace, Node, Pod, ReplicaSet, Service } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { deployment } from './deployment.fixture.ts';

const key = { namespace: 'default', name: 'hello' };

/** What a cluster does must not depend on the bus below it. */
describe.each(['memory', 'nats'] as const)('a cluster on the %s bus, in real time', (bus) => {
  let cluster: TestCluster;

  beforeEach(async () => {
    cluster = await startCluster({ bus, time: 'real', nodes: 2 });
  });
  afterEach(() => cluster.close());

  const ready = (replicas: number) =>
    cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === replicas);

  it('has ready nodes with addresses for their pods', async () => {
    const nodes = await cluster.waitForAll(
      Node,
      (all) =>
        all.length === 2 &&
        all.every((node) => node.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')),
    );
    expect(nodes.map((node) => node.spec.podCIDR).sort()).toEqual(['10.244.0.0/24', '10.244.1.0/24']);
  });

  it('runs, scales, rolls and removes a deployment', async () => {
    await cluster.api.create(Deployment, deployment('hello', 3));
    await ready(3);
    await cluster.api.patch(Deployment, key, { type: 'merge', body: { spec: { replicas: 5 } } });
    await ready(5);
    const spec = { template: { spec: { containers: [{ name: 'web', image: 'hello:2' }] } } };
    await cluster.api.patch(Deployment, key, { type: 'strategic', body: { spec } });
    await cluster.waitForAll(
      Pod,
      (all) => all.length === 5 && all.every((pod) => pod.spec.containers[0]?.image === 'hello:2'),
    );
    await cluster.api.delete(Deployment, key);
    await cluster.waitForAll(ReplicaSet, (all) => all.length === 0);
    expect(await cluster.waitForAll(Pod, (all) => all.length === 0)).toEqual([]);
  });

  it('lists the ready pods of a service in its endpoint slice', async () => {
    await cluster.api.create(Service, {
      metadata: { name: 'hello', namespace: 'default' },
      spec: { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await cluster.api.create(Deployment, deployment('hello', 3));
    const slices = await cluster.waitForAll(EndpointSlice, (all) =>
      all.some(
        (slice) =>
          slice.metadata.labels?.['kubernetes.io/service-name'] === 'hello' &&
          slice.endpoints?.filter((endpoint) => endpoint.conditions?.ready).length === 3,
      ),
    );
    expect(slices.map((slice) => slice.addressType)).toContain('IPv4');
  });

  it.each(['storage-1', 'apiserver-1', 'controller-manager-1', 'scheduler-1', 'kubelet-node-1'])(
    'heals when %s stops and starts again',
    async (unit) => {
      await cluster.api.create(Deployment, deployment('hello', 2));
      await ready(2);
      await cluster.stop(unit);
      await cluster.start(unit);
      await cluster.api.patch(Deployment, key, { type: 'merge', body: { spec: { replicas: 4 } } });
      const healed = await ready(4);
      expect(healed?.spec.replicas).toBe(4);
    },
  );

  it('removes a namespace with everything in it', async () => {
    const namespace = { namespace: '', name: 'short-lived' };
    await cluster.api.create(Namespace, { metadata: { name: namespace.name }, spec: {} });
    await cluster.api.create(Deployment, {
      ...deployment('hello', 1),
      metadata: { name: 'hello', namespace: namespace.name },
    });
    await cluster.waitForAll(Pod, (all) => all.some((pod) => pod.status.phase === 'Running'));
    await cluster.api.delete(Namespace, namespace);
    await cluster.waitFor(Namespace, namespace, (object) => object === undefined);
    expect(await cluster.waitForAll(Pod, () => true)).toEqual([]);
  });
});
