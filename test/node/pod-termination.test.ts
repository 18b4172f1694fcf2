import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pod } from '@orrery/api';
import { NodeCluster } from './node-cluster.ts';

const stubborn = { 'simulation.orrery.dev/web.stop-after': 'never' };

describe('a pod that is deleted', () => {
  let cluster: NodeCluster;

  beforeEach(async () => {
    cluster = await NodeCluster.start();
    await cluster.startKubelet();
  });

  afterEach(() => cluster.stop());

  const remove = (name: string, gracePeriodSeconds?: number) =>
    cluster.pass(
      cluster.api.delete(
        Pod,
        { namespace: 'default', name },
        gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
      ),
    );
  const readiness = (pod: Pod | undefined) => pod?.status.conditions?.find(({ type }) => type === 'Ready')?.status;

  it('is not ready any more, runs on for its grace period, and is killed at its end', async () => {
    await cluster.createPod('stubborn', {}, { terminationGracePeriodSeconds: 10 }, stubborn);
    await cluster.host.time.advance(50);
    await remove('stubborn');
    await cluster.host.time.advance('9s');
    const pod = await cluster.pod('stubborn');
    expect(pod?.status.phase).toBe('Running');
    expect(readiness(pod)).toBe('False');
    await cluster.host.time.advance('2s');
    expect(await cluster.pod('stubborn')).toBeUndefined();
  });

  it('has its grace period shortened by a second deletion', async () => {
    await cluster.createPod('stubborn', {}, { terminationGracePeriodSeconds: 600 }, stubborn);
    await cluster.host.time.advance(50);
    await remove('stubborn');
    await cluster.host.time.advance('1s');
    await remove('stubborn', 2);
    await cluster.host.time.advance('3s');
    expect(await cluster.pod('stubborn')).toBeUndefined();
  });

  it('runs its preStop hook first', async () => {
    await cluster.createPod('polite', { lifecycle: { preStop: { sleep: { seconds: 5 } } } });
    await cluster.host.time.advance(50);
    await remove('polite');
    await cluster.host.time.advance('4s');
    expect((await cluster.pod('polite'))?.status.containerStatuses?.[0]?.state?.running).toBeDefined();
    await cluster.host.time.advance('2s');
    expect(await cluster.pod('polite')).toBeUndefined();
  });

  it('stops its sidecars last', async () => {
    const initContainers = [{ name: 'proxy', image: 'hello:1', restartPolicy: 'Always' }];
    await cluster.createPod('pair', {}, { initContainers, terminationGracePeriodSeconds: 10 }, stubborn);
    await cluster.host.time.advance(50);
    await remove('pair');
    await cluster.host.time.advance('5s');
    expect((await cluster.pod('pair'))?.status.initContainerStatuses?.[0]?.state?.running).toBeDefined();
    await cluster.host.time.advance('6s');
    expect(await cluster.pod('pair')).toBeUndefined();
  });

  it('goes on terminating after a restart of the kubelet', async () => {
    await cluster.createPod('stubborn', {}, { terminationGracePeriodSeconds: 10 }, stubborn);
    await cluster.host.time.advance(50);
    await remove('stubborn');
    await cluster.host.time.advance('1s');
    await cluster.stopKubelet();
    await cluster.startKubelet();
    await cluster.host.time.advance('12s');
    expect(await cluster.pod('stubborn')).toBeUndefined();
  });

  it('that has never started goes at once', async () => {
    await cluster.createPod('broken', { image: 'does-not-exist:1' });
    await cluster.host.time.advance('2s');
    await remove('broken');
    await cluster.host.time.advance(50);
    expect(await cluster.pod('broken')).toBeUndefined();
  });

  it('leaves nothing of a pod that had ended before', async () => {
    await cluster.createPod('done', { command: ['true'] }, { restartPolicy: 'Never' });
    await cluster.host.time.advance('1s');
    expect((await cluster.pod('done'))?.status.phase).toBe('Succeeded');
    await remove('done');
    await cluster.host.time.advance(50);
    expect(await cluster.pod('done')).toBeUndefined();
    expect(await cluster.podLogs.list('')).toEqual([]);
  });
});
