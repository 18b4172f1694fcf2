import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Node } from '@orrery/api';
import { NodeCluster } from './node-cluster.ts';

describe('a node whose runtime goes away', () => {
  let cluster: NodeCluster;

  beforeEach(async () => {
    cluster = await NodeCluster.start();
    await cluster.startKubelet();
  });

  afterEach(() => cluster.stop());

  const readiness = async () => {
    const node = await cluster.pass(cluster.api.get(Node, { namespace: '', name: 'node-1' }));
    return node?.status.conditions?.find(({ type }) => type === 'Ready');
  };

  it('says so, starts nothing, and goes on when it is back', async () => {
    await cluster.stopRuntime();
    await cluster.createPod('early');
    await cluster.host.time.advance('11s');
    expect(await readiness()).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'container runtime is down',
    });
    expect((await cluster.existingPod('early')).status.phase).toBe('Pending');

    await cluster.startRuntime();
    await cluster.host.time.advance('15s');
    expect(await readiness()).toMatchObject({ status: 'True', reason: 'KubeletReady' });
    expect((await cluster.existingPod('early')).status.phase).toBe('Running');
  });

  it('can be started before its runtime', async () => {
    await cluster.stopKubelet();
    await cluster.stopRuntime();
    const kubelet = cluster.startKubelet();
    const runtime = cluster.startRuntime();
    await Promise.all([kubelet, runtime]);
    await cluster.createPod('hello');
    await cluster.host.time.advance('1s');
    expect((await cluster.existingPod('hello')).status.phase).toBe('Running');
  });
});
