import { afterEach, describe, expect, it } from '@jest/globals';
import { StorageCluster } from '../testing/storage-cluster.ts';

const members = ['storage-1', 'storage-2', 'storage-3'];
let cluster: StorageCluster;
afterEach(() => cluster.stop());

async function untilLed(): Promise<{ leader: string; others: string[] }> {
  cluster = new StorageCluster(members);
  await cluster.start();
  const leader = await cluster.untilLed();
  await cluster.time.advance('3s');
  return { leader, others: members.filter((name) => name !== leader) };
}

describe('a leader that is to stop', () => {
  it('has another one lead before', async () => {
    const { leader, others } = await untilLed();
    await cluster.shutDown(leader);
    expect(others).toContain(cluster.leader);
  });

  it('stops also where the others are gone, whether it has noticed or not', async () => {
    const { leader, others } = await untilLed();
    for (const name of others) await cluster.kill(name);
    await cluster.shutDown(leader);
    expect(cluster.raftStatus(leader)).toBeUndefined();
  });

  it('stops although whoever was to lead is lost on the way', async () => {
    const { leader, others } = await untilLed();
    const [first = '', second = ''] = others;
    await cluster.kill(first);
    // The leader has heard of both a moment ago, and finds out only when nobody answers.
    const stopped = cluster.shutDown(leader);
    await cluster.kill(second);
    await stopped;
    expect(cluster.raftStatus(leader)).toBeUndefined();
  });
});
