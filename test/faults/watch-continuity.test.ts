import { describe, expect, it, jest } from '@jest/globals';
import { ConfigMap } from '@orrery/api';
import { BusApiClient } from '@orrery/client';
import { type Random, virtualHost } from '@orrery/runtime';
import { startCluster, type TestCluster } from '@orrery/testing';
import { faultSeeds } from './fault-seeds.ts';
import { areUpToDate, breaksOfAll, followersOf } from './followers.ts';
import { contradictionsOf, ObjectLives } from './object-lives.ts';
import { registryRecord } from './registry-record.ts';
import { shuffled } from './shuffled.ts';
import { untilSettled } from './until-settled.ts';

jest.setTimeout(60_000);

const seeds = faultSeeds([11, 12, 13]);
/** Virtual time that a client may take to catch up when all is well again. */
const patienceMs = 60_000;
const configMaps = '/api/v1/namespaces/default/configmaps';
/** Each of them goes once, in an order that the seed decides. */
const units = ['broker', 'apiserver-1', 'storage-1', 'storage-2', 'storage-3', 'apiserver-2', 'broker'];
/** Entries that a broker that did not sync them may have lost. */
const lostEntriesMax = 20;

/** Lets sockets do their work, which virtual time does not wait for. */
async function letSocketsWork(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets virtual time pass in small steps. */
async function pass(cluster: TestCluster, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    await cluster.time.advance(50);
    await letSocketsWork();
  }
}

/** Answers what it has done. */
async function breakAndMend(cluster: TestCluster, unit: string, random: Random): Promise<string> {
  const how = random.integer(2) === 0 ? 'crash' : 'stop';
  const lost = how === 'crash' ? random.integer(lostEntriesMax) : 0;
  const awayMs = 200 + random.integer(2_000);
  if (unit === 'broker') await cluster.crashBroker({ lostEntriesMax: lost });
  else await cluster[how](unit);
  await pass(cluster, awayMs);
  if (unit === 'broker') await cluster.startBroker();
  else await cluster.start(unit);
  await pass(cluster, 500 + random.integer(1_000));
  return unit === 'broker' ? `broker away for ${awayMs} ms, ${lost} entries lost` : `${how} ${unit} for ${awayMs} ms`;
}

/** Clients that write to and read from whichever server takes the request, and try nothing again by themselves. */
async function serversOver(cluster: TestCluster): Promise<BusApiClient[]> {
  const { bus, subjects, host } = await cluster.connect('lives');
  const { timers } = host;
  return [new BusApiClient(bus, subjects, 'system:admin', { timers, attemptsMax: 1, timeoutMs: 4_000 })];
}

describe('clients that watch while services and the broker come and go', () => {
  it.each(seeds)('miss nothing, see nothing twice, and read what was written (seed %d)', async (seed) => {
    const cluster = await startCluster({
      seed,
      services: ['storage', 'apiserver'],
      storageReplicas: 3,
      apiServers: 2,
      https: true,
    });
    const { time } = cluster;
    const random = virtualHost({ seed }).random;
    const sleep = (ms: number): Promise<void> => time.sleep(ms);
    const clients = followersOf(cluster, sleep);
    const lives = new ObjectLives({ servers: await serversOver(cluster), sleep });
    const faults: string[] = [];
    try {
      for (const unit of shuffled(units, random)) faults.push(await breakAndMend(cluster, unit, random));
      await untilSettled(time, lives.stop());
      const record = await registryRecord(cluster, { resource: 'configmaps', namespace: 'default' });
      for (let waited = 0; waited < patienceMs && !areUpToDate(clients, record); waited += 100) {
        await pass(cluster, 100);
      }
      const { staleReads } = lives;
      const contradictions = contradictionsOf(lives.lives, record);
      const found = { breaks: breaksOfAll(clients, record), contradictions, staleReads };
      expect({ faults, ...found }).toEqual({ faults, breaks: [], contradictions: [], staleReads: [] });
      expect(areUpToDate(clients, record)).toBe(true);
      expect(lives.acknowledgedCount).toBeGreaterThan(50);
      expect(lives.readsCount).toBeGreaterThan(50);
    } finally {
      lives.abandon();
      const stopped = Promise.all(clients.map(({ following }) => following.stop()));
      await pass(cluster, 200);
      await stopped;
      await cluster.close();
    }
  });

  it('go on where the broker has lost the whole registry log', async () => {
    const cluster = await startCluster({ services: ['storage', 'apiserver'] });
    try {
      const written = async (name: string): Promise<void> => {
        const key = { namespace: 'default', name };
        await cluster.settle(cluster.api.create(ConfigMap, { metadata: key }));
        await cluster.waitFor(ConfigMap, key, (object) => object !== undefined);
      };
      await written('before');
      await cluster.crashBroker({ lostEntriesMax: Number.POSITIVE_INFINITY });
      await cluster.time.advance('1s');
      await cluster.startBroker();
      await written('after');
      const { items } = (await cluster.raw.get(configMaps)).body;
      const names = items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
      expect(names).toEqual(expect.arrayContaining(['before', 'after']));
    } finally {
      await cluster.close();
    }
  });

  it('read their writes from whichever server answers', async () => {
    const cluster = await startCluster({ services: ['storage', 'apiserver'], apiServers: 3 });
    try {
      for (let round = 0; round < 30; round += 1) {
        const name = `written-${round}`;
        await cluster.raw.post(configMaps, { metadata: { name }, data: { round: String(round) } });
        expect((await cluster.raw.get(`${configMaps}/${name}`)).body.data).toEqual({ round: String(round) });
        const { items } = (await cluster.raw.get(configMaps)).body;
        expect(items.some(({ metadata }: { metadata: { name: string } }) => metadata.name === name)).toBe(true);
        await cluster.raw.request('DELETE', `${configMaps}/${name}`);
        expect((await cluster.raw.get(`${configMaps}/${name}`)).status).toBe(404);
      }
    } finally {
      await cluster.close();
    }
  });
});
