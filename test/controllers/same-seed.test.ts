import { expect, it, jest } from '@jest/globals';
import { Deployment, Pod, ReplicaSet } from '@orrery/api';
import { startCluster } from '@orrery/testing';
import { deployment } from '../cluster/deployment.fixture.ts';

jest.setTimeout(60_000);

/** Every change of a cluster's life, in order. */
async function history(seed: number): Promise<string[]> {
  const cluster = await startCluster({ seed });
  const { api, time } = cluster;
  const key = { namespace: 'default', name: 'hello' };
  await cluster.settle(api.create(Deployment, deployment('hello', 5)));
  await time.advance(20_000);
  await cluster.settle(api.delete(Deployment, key, { propagationPolicy: 'Foreground' }));
  await time.advance(20_000);

  const changes = await cluster.history();
  const sets = await cluster.settle(api.list(ReplicaSet));
  const pods = await cluster.settle(api.list(Pod));
  expect([sets.items.length, pods.items.length]).toEqual([0, 0]);
  await cluster.close();
  return changes;
}

it('the same seed lives the same life', async () => {
  const first = await history(7);
  expect(first.length).toBeGreaterThan(50);
  expect(await history(7)).toEqual(first);
});
