import { expect, it, jest } from '@jest/globals';
import { Deployment } from '@orrery/api';
import { ControllerCluster } from './controller-cluster.ts';

jest.setTimeout(60_000);

it.each([1, 2, 3])('a rollout never waits for a timer (seed %i)', async (seed) => {
  const cluster = await ControllerCluster.start(seed);
  const template = {
    metadata: { labels: { app: 'hello' } } as unknown as Deployment['metadata'],
    spec: { containers: [{ name: 'web', image: 'hello:1' }] },
  };
  const metadata = { name: 'hello', namespace: 'default' };
  const spec = { replicas: 10, selector: { matchLabels: { app: 'hello' } }, template };
  await cluster.do((api) => api.create(Deployment, { metadata, spec }));
  await cluster.host.time.advance(500);
  const deployment = await cluster.do((api) => api.get(Deployment, metadata));
  expect(deployment?.status).toMatchObject({ updatedReplicas: 10, availableReplicas: 10 });
  const lagging = cluster.host.logger.lines.filter(({ message }) => message === 'cache lags behind own writes');
  expect(lagging).toEqual([]);
  await cluster.stop();
});
