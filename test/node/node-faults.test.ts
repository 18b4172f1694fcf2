import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Node } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { NodePods, startNode } from './node-pods.fixture.ts';

describe('a node whose runtime goes away', () => {
  let cluster: TestCluster;
  let pods: NodePods;

  beforeEach(async () => {
    cluster = await startNode();
    pods = new NodePods(cluster);
  });

  afterEach(() => cluster.close());

  const readiness = async () => {
    const node = await cluster.settle(cluster.api.get(Node, { namespace: '', name: 'node-1' }));
    return node?.status.conditions?.find(({ type }) => type === 'Ready');
  };

  it('says so, starts nothing, and goes on when it is back', async () => {
    await cluster.stop('container-runtime-node-1');
    await pods.create('early');
    await cluster.time.advance('11s');
    expect(await readiness()).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'container runtime is down',
    });
    expect((await pods.existing('early')).status.phase).toBe('Pending');

    await cluster.start('container-runtime-node-1');
    await cluster.time.advance('15s');
    expect(await readiness()).toMatchObject({ status: 'True', reason: 'KubeletReady' });
    expect((await pods.existing('early')).status.phase).toBe('Running');
  });

  it('can be started before its runtime', async () => {
    await cluster.stop('kubelet-node-1');
    await cluster.stop('container-runtime-node-1');
    const kubelet = cluster.start('kubelet-node-1');
    const runtime = cluster.start('container-runtime-node-1');
    await Promise.all([kubelet, runtime]);
    await pods.create('hello');
    await cluster.time.advance('1s');
    expect((await pods.existing('hello')).status.phase).toBe('Running');
  });
});
