import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Deployment, Pod, ReplicaSet } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { deployment } from './deployment.fixture.ts';

const key = { namespace: 'default', name: 'hello' };

describe('a cluster in a test', () => {
  let cluster: TestCluster;

  beforeEach(async () => {
    cluster = await startCluster();
  });
  afterEach(() => cluster.close());

  it('runs the pods of a deployment', async () => {
    await cluster.api.create(Deployment, deployment('hello', 3));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 3);
    const pods = await cluster.waitForAll(Pod, (all) => all.length === 3);
    expect(pods.map((pod) => pod.status.phase)).toEqual(['Running', 'Running', 'Running']);
  });

  it('needs no time to pass for that', async () => {
    const before = cluster.time.now();
    await cluster.api.create(Deployment, deployment('hello', 3));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 3);
    expect(cluster.time.now() - before).toBeLessThan(1000);
  });

  it('replaces a pod that is deleted', async () => {
    await cluster.api.create(Deployment, deployment('hello', 2));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 2);
    const [first] = await cluster.waitForAll(Pod, (all) => all.length === 2);
    await cluster.api.delete(Pod, { namespace: 'default', name: first?.metadata.name ?? '' });
    const pods = await cluster.waitForAll(
      Pod,
      (all) =>
        all.length === 2 &&
        all.every((pod) => pod.metadata.uid !== first?.metadata.uid && pod.status.phase === 'Running'),
    );
    expect(pods).toHaveLength(2);
  });

  it('takes away everything that a deleted deployment owns', async () => {
    await cluster.api.create(Deployment, deployment('hello', 2));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 2);
    await cluster.api.delete(Deployment, key);
    expect(await cluster.waitForAll(ReplicaSet, (all) => all.length === 0)).toEqual([]);
    expect(await cluster.waitForAll(Pod, (all) => all.length === 0)).toEqual([]);
  });

  it('evicts the pods of a node that has fallen silent, once their tolerance is over', async () => {
    await cluster.api.create(Deployment, deployment('hello', 2));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 2);
    await cluster.crash('kubelet-node-1');
    await cluster.time.advance('10m');
    const pods = await cluster.waitForAll(Pod, () => true);
    expect(
      pods.filter((pod) => pod.spec.nodeName === 'node-1').every((pod) => pod.metadata.deletionTimestamp !== undefined),
    ).toBe(true);
    await cluster.start('kubelet-node-1');
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 2);
  });

  it('leaves no timer behind when it is closed', async () => {
    await cluster.api.create(Deployment, deployment('hello', 2));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 2);
    await cluster.close();
    expect(cluster.time.pendingTimers).toBe(0);
  });
});
