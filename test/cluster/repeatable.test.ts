import { describe, expect, it } from '@jest/globals';
import { Deployment } from '@orrery/api';
import { startCluster } from '@orrery/testing';
import { deployment } from './deployment.fixture.ts';

/** A day in the life of a cluster: what happens, when, and in which order. */
async function live(seed: number): Promise<string[]> {
  const cluster = await startCluster({ seed, nodes: 3 });
  try {
    const key = { namespace: 'default', name: 'hello' };
    await cluster.api.create(Deployment, deployment('hello', 7));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 7);
    await cluster.crash('kubelet-node-2');
    await cluster.time.advance('6m');
    await cluster.start('kubelet-node-2');
    await cluster.api.patch(Deployment, key, { type: 'merge', body: { spec: { replicas: 2 } } });
    await cluster.time.advance('1m');
    return await cluster.history();
  } finally {
    await cluster.close();
  }
}

describe('a cluster in virtual time', () => {
  it('has the same history twice from the same seed, entry by entry', async () => {
    const first = await live(7);
    expect(first.length).toBeGreaterThan(100);
    expect(await live(7)).toEqual(first);
  });

  it('has another history from another seed', async () => {
    expect(await live(8)).not.toEqual(await live(7));
  });
});
