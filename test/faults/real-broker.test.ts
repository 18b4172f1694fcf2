import { describe, expect, it, jest } from '@jest/globals';
import { HttpApiClient, readKubeconfig } from '@orrery/client';
import { SystemTimers, virtualHost } from '@orrery/runtime';
import { startCluster, type TestCluster } from '@orrery/testing';
import { faultSeeds } from './fault-seeds.ts';
import { areUpToDate, breaksOfAll, followersOf } from './followers.ts';
import { contradictionsOf, ObjectLives } from './object-lives.ts';
import { eventually } from './process-cluster.ts';
import { registryRecord } from './registry-record.ts';
import { shuffled } from './shuffled.ts';

jest.setTimeout(60_000);

const seeds = faultSeeds([21]);
/** Each of them goes once, in an order that the seed decides. */
const units = ['broker', 'apiserver-1', 'storage-1', 'broker', 'storage-2', 'storage-3', 'apiserver-2'];
const timers = new SystemTimers();
const sleep = (ms: number): Promise<void> => timers.sleep(ms);

/** One client for each API server, which asks that one only and tries nothing again by itself. */
function clientsOf({ kubeconfig = '', apiPorts }: TestCluster): HttpApiClient[] {
  return apiPorts.map((port) => {
    const itsOwn = kubeconfig.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`);
    return new HttpApiClient(readKubeconfig(itsOwn), timers, { attemptsMax: 1 });
  });
}

async function moreWritten(lives: ObjectLives, count: number): Promise<void> {
  const wanted = lives.acknowledgedCount + count;
  await eventually(`${count} more writes are acknowledged`, async () => lives.acknowledgedCount >= wanted);
}

/** As `kill -9` does, and back: what was not on disk is lost. */
async function killAndStart(cluster: TestCluster, unit: string): Promise<void> {
  if (unit === 'broker') {
    await cluster.crashBroker();
    await cluster.startBroker();
  } else {
    await cluster.crash(unit);
    await cluster.start(unit);
  }
}

/** The campaign of `watch-continuity.test.ts` with a NATS server that is killed, over HTTPS to two API servers, in real time. */
describe('clients that watch and write over HTTPS while NATS and services are killed', () => {
  it.each(seeds)('miss nothing, see nothing twice, and read what was written anywhere (seed %d)', async (seed) => {
    const cluster = await startCluster({
      seed,
      time: 'real',
      bus: 'nats',
      services: ['storage', 'apiserver'],
      storageReplicas: 3,
      apiServers: 2,
      https: true,
    });
    const servers = clientsOf(cluster);
    const watching = followersOf(cluster, sleep);
    const lives = new ObjectLives({ servers, sleep });
    try {
      for (const unit of shuffled(units, virtualHost({ seed }).random)) {
        await moreWritten(lives, 10);
        await killAndStart(cluster, unit);
      }
      await killAndStart(cluster, 'broker');
      await moreWritten(lives, 20);
      await cluster.crashBroker({ lostEntriesMax: 1_000 });
      await cluster.startBroker();
      await moreWritten(lives, 20);
      await lives.stop();
      const record = await registryRecord(cluster, { resource: 'configmaps', namespace: 'default' });
      await eventually('every client has caught up', async () => areUpToDate(watching, record));
      expect(breaksOfAll(watching, record)).toEqual([]);
      expect(contradictionsOf(lives.lives, record)).toEqual([]);
      expect(lives.staleReads).toEqual([]);
      expect(lives.readsCount).toBeGreaterThan(20);
    } finally {
      lives.abandon();
      await Promise.all(watching.map(({ following }) => following.stop()));
      for (const server of servers) server.close();
      await cluster.close();
    }
  });
});
