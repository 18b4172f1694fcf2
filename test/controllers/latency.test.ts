import { expect, it, jest } from '@jest/globals';
import { Deployment } from '@orrery/api';
import { startCluster } from '@orrery/testing';
import { deployment } from '../cluster/deployment.fixture.ts';

jest.setTimeout(60_000);

it.each([1, 2, 3])('a rollout never waits for a timer (seed %i)', async (seed) => {
  const cluster = await startCluster({ seed });
  await cluster.settle(cluster.api.create(Deployment, deployment('hello', 10)));
  await cluster.time.advance(500);
  const hello = await cluster.settle(cluster.api.get(Deployment, { namespace: 'default', name: 'hello' }));
  expect(hello?.status).toMatchObject({ updatedReplicas: 10, availableReplicas: 10 });
  const lagging = cluster.log.lines.filter(({ message }) => message === 'cache lags behind own writes');
  expect(lagging).toEqual([]);
  await cluster.close();
});
