import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Deployment } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { deployment } from '../cluster/deployment.fixture.ts';
import { untilSettled } from './until-settled.ts';
import { lossesOf, noLosses, Writers } from './writers.ts';

jest.setTimeout(60_000);

/** As storage has it where nothing is configured. */
const electionTimeoutMs = 1_000;
const members = ['storage-1', 'storage-2', 'storage-3'];

/** Position and object of each entry of the registry log. */
function entriesOf(history: readonly string[]): { position: number; subject: string }[] {
  return history.map((line) => {
    const [position, subject = ''] = line.split(' ');
    return { position: Number(position), subject };
  });
}

describe('three storage members', () => {
  let cluster: TestCluster;
  afterEach(() => cluster.close());

  const writers = (): Writers => {
    const { api, time } = cluster;
    return new Writers({ api, now: () => time.monotonic(), sleep: (ms) => time.sleep(ms) });
  };

  it.each([1, 2, 3, 4, 5])(
    'stop to write for less than two election timeouts when one is killed, whichever leads, and lose nothing (seed %d)',
    async (seed) => {
      cluster = await startCluster({ seed, storageReplicas: 3 });
      const { time } = cluster;
      const clients = writers();
      await time.advance('1s');
      const silences: number[] = [];
      for (const member of members) {
        const killedAt = time.monotonic();
        await cluster.crash(member);
        await time.advance('5s');
        silences.push(clients.longestSilence(killedAt, time.monotonic()));
        await cluster.start(member);
        await time.advance('1s');
      }
      await untilSettled(time, clients.stop());

      expect(Math.max(...silences)).toBeLessThan(2 * electionTimeoutMs);
      // One of them was the leader: without one, nothing is acknowledged until the others have waited for it.
      expect(Math.max(...silences)).toBeGreaterThan(electionTimeoutMs / 2);
      expect(clients.acknowledged.length).toBeGreaterThan(100);
      expect(await untilSettled(time, lossesOf(cluster.api, clients.acknowledged))).toEqual(noLosses);
      const log = entriesOf(await cluster.history());
      expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1));
      const told = log.flatMap(({ subject }) => /configmaps.*\.(written-\d+-\d+)$/.exec(subject)?.[1] ?? []);
      expect(told.sort()).toEqual([...clients.acknowledged].sort());
    },
  );

  it('go on with two, wait with one, and continue when another is back', async () => {
    cluster = await startCluster({ storageReplicas: 3 });
    const { time } = cluster;
    await cluster.crash('storage-1');
    const clients = writers();
    await time.advance('5s');
    const withTwo = clients.acknowledged.length;
    expect(withTwo).toBeGreaterThan(10);

    await cluster.crash('storage-2');
    await time.advance('1s');
    const withOne = clients.acknowledged.length;
    await time.advance('20s');
    expect(clients.acknowledged.length).toBe(withOne);

    await cluster.start('storage-1');
    await time.advance('20s');
    expect(clients.acknowledged.length).toBeGreaterThan(withOne);
    await untilSettled(time, clients.stop());
    expect(await untilSettled(time, lossesOf(cluster.api, clients.acknowledged))).toEqual(noLosses);
    const key = { namespace: 'default', name: 'after' };
    await untilSettled(time, cluster.api.create(Deployment, deployment('after', 2)));
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 2);
  });
});
