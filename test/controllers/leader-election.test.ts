import { expect, it, jest } from '@jest/globals';
import { Lease } from '@orrery/api';
import { LeaderElection } from '@orrery/client';
import { ControllerCluster } from './controller-cluster.ts';

jest.setTimeout(60_000);

const lease = { namespace: 'kube-system', name: 'test' };

function candidate(cluster: ControllerCluster, identity: string): LeaderElection {
  const election = new LeaderElection(cluster.api, cluster.host, { lease, identity });
  election.start((signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())));
  return election;
}

it('one of two leads; the other takes over when the first lets go', async () => {
  const cluster = await ControllerCluster.start();
  const first = candidate(cluster, 'first');
  await cluster.host.time.advance(100);
  const second = candidate(cluster, 'second');
  await cluster.host.time.advance(60_000);
  expect([first.leading, second.leading]).toEqual([true, false]);

  await cluster.do(() => first.stop());
  expect((await cluster.do((api) => api.get(Lease, lease)))?.spec.holderIdentity ?? '').toBe('');
  await cluster.host.time.advance(3000);
  expect([first.leading, second.leading]).toEqual([false, true]);

  await cluster.do(() => second.stop());
  await cluster.do(() => second.stop());
  await cluster.stop();
});

it('the Lease of a dead holder is taken when it has run out, and never before', async () => {
  const cluster = await ControllerCluster.start();
  const spec = { holderIdentity: 'dead', leaseDurationSeconds: 15 };
  await cluster.do((api) => api.create(Lease, { metadata: { ...lease }, spec }));
  const heir = candidate(cluster, 'heir');
  await cluster.host.time.advance(14_000);
  expect(heir.leading).toBe(false);
  await cluster.host.time.advance(6000);
  expect(heir.leading).toBe(true);
  await cluster.do(() => heir.stop());
  await cluster.stop();
});

it('who comes back under the same name does not wait', async () => {
  const cluster = await ControllerCluster.start();
  const spec = { holderIdentity: 'me', leaseDurationSeconds: 15 };
  await cluster.do((api) => api.create(Lease, { metadata: { ...lease }, spec }));
  const me = candidate(cluster, 'me');
  await cluster.host.time.advance(100);
  expect(me.leading).toBe(true);
  await cluster.do(() => me.stop());
  await cluster.stop();
});
