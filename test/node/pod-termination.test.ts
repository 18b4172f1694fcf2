import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pod } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import { NodePods, startNode } from './node-pods.fixture.ts';

const stubborn = { 'simulation.orrery.dev/web.stop-after': 'never' };

describe('a pod that is deleted', () => {
  let cluster: TestCluster;
  let pods: NodePods;

  beforeEach(async () => {
    cluster = await startNode();
    pods = new NodePods(cluster);
  });

  afterEach(() => cluster.close());

  const remove = (name: string, gracePeriodSeconds?: number) =>
    cluster.settle(
      cluster.api.delete(
        Pod,
        { namespace: 'default', name },
        gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
      ),
    );
  const readiness = (pod: Pod | undefined) => pod?.status.conditions?.find(({ type }) => type === 'Ready')?.status;

  it('is not ready any more, runs on for its grace period, and is killed at its end', async () => {
    await pods.create('stubborn', {}, { terminationGracePeriodSeconds: 10 }, stubborn);
    await cluster.time.advance(50);
    await remove('stubborn');
    await cluster.time.advance('9s');
    const pod = await pods.get('stubborn');
    expect(pod?.status.phase).toBe('Running');
    expect(readiness(pod)).toBe('False');
    await cluster.time.advance('2s');
    expect(await pods.get('stubborn')).toBeUndefined();
  });

  it('has its grace period shortened by a second deletion', async () => {
    await pods.create('stubborn', {}, { terminationGracePeriodSeconds: 600 }, stubborn);
    await cluster.time.advance(50);
    await remove('stubborn');
    await cluster.time.advance('1s');
    await remove('stubborn', 2);
    await cluster.time.advance('3s');
    expect(await pods.get('stubborn')).toBeUndefined();
  });

  it('runs its preStop hook first', async () => {
    await pods.create('polite', { lifecycle: { preStop: { sleep: { seconds: 5 } } } });
    await cluster.time.advance(50);
    await remove('polite');
    await cluster.time.advance('4s');
    expect((await pods.get('polite'))?.status.containerStatuses?.[0]?.state?.running).toBeDefined();
    await cluster.time.advance('2s');
    expect(await pods.get('polite')).toBeUndefined();
  });

  it('stops its sidecars last', async () => {
    const initContainers = [{ name: 'proxy', image: 'hello:1', restartPolicy: 'Always' }];
    await pods.create('pair', {}, { initContainers, terminationGracePeriodSeconds: 10 }, stubborn);
    await cluster.time.advance(50);
    await remove('pair');
    await cluster.time.advance('5s');
    expect((await pods.get('pair'))?.status.initContainerStatuses?.[0]?.state?.running).toBeDefined();
    await cluster.time.advance('6s');
    expect(await pods.get('pair')).toBeUndefined();
  });

  it('goes on terminating after a restart of the kubelet', async () => {
    await pods.create('stubborn', {}, { terminationGracePeriodSeconds: 10 }, stubborn);
    await cluster.time.advance(50);
    await remove('stubborn');
    await cluster.time.advance('1s');
    await cluster.stop('kubelet-node-1');
    await cluster.start('kubelet-node-1');
    await cluster.time.advance('12s');
    expect(await pods.get('stubborn')).toBeUndefined();
  });

  it('that has never started goes at once', async () => {
    await pods.create('broken', { image: 'does-not-exist:1' });
    await cluster.time.advance('2s');
    await remove('broken');
    await cluster.time.advance(50);
    expect(await pods.get('broken')).toBeUndefined();
  });

  it('leaves nothing of a pod that had ended before', async () => {
    await pods.create('done', { command: ['true'] }, { restartPolicy: 'Never' });
    await cluster.time.advance('1s');
    expect((await pods.get('done'))?.status.phase).toBe('Succeeded');
    await remove('done');
    await cluster.time.advance(50);
    expect(await pods.get('done')).toBeUndefined();
    expect(await cluster.nodeDisk('node-1', 'logs').list('')).toEqual([]);
  });
});
