import { expect, it, jest } from '@jest/globals';
import { Deployment, Pod, ReplicaSet } from '@orrery/api';
import { openRegistryLog } from '@orrery/client';
import { registryv1 } from '@orrery/proto';
import { ControllerCluster } from './controller-cluster.ts';

jest.setTimeout(60_000);

/** Every change of a cluster's life, in order. */
async function history(seed: number): Promise<string[]> {
  const cluster = await ControllerCluster.start(seed);
  const template = {
    metadata: { labels: { app: 'hello' } } as unknown as Deployment['metadata'],
    spec: { containers: [{ name: 'web', image: 'hello:1' }] },
  };
  const spec = { replicas: 5, selector: { matchLabels: { app: 'hello' } }, template };
  const metadata = { name: 'hello', namespace: 'default' };
  await cluster.do((api) => api.create(Deployment, { metadata, spec }));
  await cluster.host.time.advance(20_000);
  await cluster.do((api) => api.delete(Deployment, metadata, { propagationPolicy: 'Foreground' }));
  await cluster.host.time.advance(20_000);

  const { bus, subjects } = cluster.context;
  const log = await openRegistryLog(bus, subjects);
  const last = await log.lastPosition();
  const changes: string[] = [];
  for await (const { data, position } of log.follow({ after: 0, signal: new AbortController().signal })) {
    const event = registryv1.Event.decode(data);
    changes.push(`${position} ${event.type} ${event.resource} ${event.namespace}/${event.name} ${event.uid}`);
    if (position >= last) break;
  }
  const left = await cluster.do(async (api) => [await api.list(ReplicaSet), await api.list(Pod)]);
  expect(left.map(({ items }) => items.length)).toEqual([0, 0]);
  await cluster.stop();
  return changes;
}

it('the same seed lives the same life', async () => {
  const first = await history(7);
  expect(first.length).toBeGreaterThan(50);
  expect(await history(7)).toEqual(first);
});
