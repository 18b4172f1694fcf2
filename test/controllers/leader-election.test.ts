import { expect, it, jest } from '@jest/globals';
import { Lease } from '@orrery/api';
import { LeaderElection } from '@orrery/client';
import { startCluster, type TestCluster } from '@orrery/testing';

jest.setTimeout(60_000);

const lease = { namespace: 'kube-system', name: 'test' };

async function candidate(cluster: TestCluster, identity: string): Promise<LeaderElection> {
  const { api, host } = await cluster.connect(identity);
  const election = new LeaderElection(api, host, { lease, identity });
  election.start((signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())));
  return election;
}

it('one of two leads; the other takes over when the first lets go', async () => {
  const cluster = await startCluster({ nodes: 0 });
  const first = await candidate(cluster, 'first');
  await cluster.time.advance(100);
  const second = await candidate(cluster, 'second');
  await cluster.time.advance(60_000);
  expect([first.leading, second.leading]).toEqual([true, false]);

  await cluster.settle(first.stop());
  expect((await cluster.settle(cluster.api.get(Lease, lease)))?.spec.holderIdentity ?? '').toBe('');
  await cluster.time.advance(3000);
  expect([first.leading, second.leading]).toEqual([false, true]);

  await cluster.settle(second.stop());
  await cluster.settle(second.stop());
  await cluster.close();
});

it('the Lease of a dead holder is taken when it has run out, and never before', async () => {
  const cluster = await startCluster({ nodes: 0 });
  const spec = { holderIdentity: 'dead', leaseDurationSeconds: 15 };
  await cluster.settle(cluster.api.create(Lease, { metadata: { ...lease }, spec }));
  const heir = await candidate(cluster, 'heir');
  await cluster.time.advance(14_000);
  expect(heir.leading).toBe(false);
  await cluster.time.advance(6000);
  expect(heir.leading).toBe(true);
  await cluster.settle(heir.stop());
  await cluster.close();
});

it('who comes back under the same name does not wait', async () => {
  const cluster = await startCluster({ nodes: 0 });
  const spec = { holderIdentity: 'me', leaseDurationSeconds: 15 };
  await cluster.settle(cluster.api.create(Lease, { metadata: { ...lease }, spec }));
  const me = await candidate(cluster, 'me');
  await cluster.time.advance(100);
  expect(me.leading).toBe(true);
  await cluster.settle(me.stop());
  await cluster.close();
});
