import { afterEach, describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@orrery/runtime';
import { ELECTION_TIMEOUT_MS } from './storage-config.ts';
import { StorageCluster } from './testing/storage-cluster.ts';

const members = ['storage-1', 'storage-2', 'storage-3'];
const key = (n: number) => `/registry/core/configmaps/default/c${n}`;
const value = (n: number) =>
  JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: `c${n}`, uid: `u${n}` } });

let cluster: StorageCluster;
afterEach(() => cluster.stop());

/** Writes until told to stop; resolves with what was acknowledged. */
function writer(): { acknowledged: Set<number>; stop: () => Promise<void> } {
  const acknowledged = new Set<number>();
  let going = true;
  const work = (async () => {
    for (let n = 0; going; n++) {
      const result = await cluster.put(key(n), value(n), `write-${n}`).catch(() => undefined);
      if (result?.$case === 'txn') acknowledged.add(n);
    }
  })();
  return {
    acknowledged,
    stop: async () => {
      going = false;
      await work;
    },
  };
}

async function expectWholeLog(): Promise<void> {
  const log = await cluster.registryLog();
  expect(log.map(({ entry }) => entry.position)).toEqual(log.map((_, at) => at + 1));
  const read = await cluster.read('/registry/');
  const told = Object.fromEntries(
    log.filter(({ event }) => event.name !== '').map(({ event }) => [event.name, event.uid]),
  );
  const kept = Object.values(read).map((json) => JSON.parse(json).metadata as { name: string; uid: string });
  expect(told).toEqual(Object.fromEntries(kept.map(({ name, uid }) => [name, uid])));
}

/** From now on subscriptions are confirmed a second after their first message may come. Counts what comes meanwhile. */
function confirmedLate({ broker, time }: StorageCluster): { messages: number } {
  const early = { messages: 0 };
  const connect = broker.connect.bind(broker);
  broker.connect = () => {
    const bus = connect();
    const subscribe = bus.subscribe.bind(bus);
    bus.subscribe = async (subject, handler, options) => {
      let isConfirmed = false;
      const counting: typeof handler = (message) => {
        if (!isConfirmed) early.messages++;
        return handler(message);
      };
      const subscription = await subscribe(subject, counting, options);
      await time.sleep(1_000);
      isConfirmed = true;
      return subscription;
    };
    return bus;
  };
  return early;
}

describe('three storage members', () => {
  it('all answer reads with what was written through any of them', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    await cluster.untilLed();
    for (let n = 0; n < 9; n++) expect(await cluster.put(key(n), value(n))).toMatchObject({ $case: 'txn' });
    for (let n = 0; n < 6; n++) expect(Object.keys(await cluster.read('/registry/'))).toHaveLength(9);
    await cluster.time.advance(200);
    for (const member of members) {
      expect(Object.keys(await cluster.read('/registry/', member))).toHaveLength(9);
    }
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'elects a new leader within two election timeouts and loses nothing (seed %d)',
    async (seed) => {
      cluster = new StorageCluster(members, seed);
      await cluster.start();
      const old = await cluster.untilLed();
      for (let n = 0; n < 20; n++) await cluster.put(key(n), value(n));

      await cluster.kill(old, true);
      const killedAt = cluster.time.now();
      expect(await cluster.put(key(20), value(20))).toMatchObject({ $case: 'txn' });
      expect(cluster.time.now() - killedAt).toBeLessThan(2 * ELECTION_TIMEOUT_MS);
      expect(Object.keys(await cluster.read('/registry/'))).toHaveLength(21);

      await cluster.start(old);
      await cluster.time.advance('2s');
      expect(Object.keys(await cluster.read('/registry/', old))).toHaveLength(21);
      await expectWholeLog();
    },
  );

  it.each([1, 2, 3])('loses no acknowledged write while members are killed in turn (seed %d)', async (seed) => {
    const random = new SeededRandom(seed);
    cluster = new StorageCluster(members, seed);
    await cluster.start();
    await cluster.untilLed();
    const { acknowledged, stop } = writer();
    for (let round = 0; round < 6; round++) {
      await cluster.time.advance(random.integer(300));
      const victim = members[random.integer(3)] as string;
      await cluster.kill(victim, true);
      await cluster.time.advance(1000 + random.integer(2500));
      await cluster.start(victim);
    }
    await cluster.time.advance('3s');
    await cluster.settled(stop());
    const read = await cluster.read('/registry/');
    expect(acknowledged.size).toBeGreaterThan(10);
    expect([...acknowledged].filter((n) => read[key(n)] !== value(n))).toEqual([]);
    await expectWholeLog();
  });

  it('goes on without a member whose disk is full, and takes it back later', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const full = await cluster.untilLed();
    cluster.disk(full).fillUp(0);
    for (let n = 0; n < 5; n++) expect(await cluster.put(key(n), value(n), `w${n}`)).toMatchObject({ $case: 'txn' });
    expect(cluster.health(full)).toBeDefined();
    expect(Object.keys(await cluster.read('/registry/'))).toHaveLength(5);
    cluster.disk(full).freeUp();
    await cluster.time.advance('3s');
    expect(cluster.health(full)).toBeUndefined();
    expect(Object.keys(await cluster.read('/registry/', full))).toHaveLength(5);
    await expectWholeLog();
  });

  it('takes what comes before the broker has confirmed the subscription to it', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    await cluster.untilLed();
    await cluster.kill('storage-3');
    expect(await cluster.put(key(0), value(0))).toMatchObject({ $case: 'txn' });
    const early = confirmedLate(cluster);
    const started = cluster.start('storage-3');
    await cluster.time.advance('5s');
    await started;
    expect(early.messages).toBeGreaterThan(0);
    expect(cluster.health('storage-3')).toBeUndefined();
    expect(Object.keys(await cluster.read('/registry/', 'storage-3'))).toEqual([key(0)]);
  });

  it('answers nothing new without a majority', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    await cluster.untilLed();
    await cluster.kill('storage-1');
    await cluster.kill('storage-2');
    const answer = await cluster.put(key(0), value(0)).catch((error: Error) => error.name);
    expect(answer === 'RequestTimeoutError' || answer).toMatchObject({ $case: 'error', value: { code: 1 } });
  });
});

describe('a registry log that does not fit the store', () => {
  it.each([[['storage-1']], [['storage-1', 'storage-2', 'storage-3']]])(
    'is filled up again when the broker comes back without its newest entries and nothing is written (%j)',
    async (members) => {
      cluster = new StorageCluster(members);
      await cluster.start();
      await cluster.untilLed();
      for (let n = 0; n < 9; n++) await cluster.put(key(n), value(n));
      const before = await cluster.registryLog();
      cluster.broker.crash(5);
      await cluster.time.advance('2s');
      cluster.broker.start();
      await cluster.untilLed();
      await cluster.time.advance('1s');
      expect(await cluster.registryLog()).toEqual(before);
    },
  );

  it('is written again from the beginning when the broker has lost it', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    for (let n = 0; n < 5; n++) await cluster.put(key(n), value(n));
    const disk = cluster.disk('storage-1');
    await cluster.kill('storage-1');
    await cluster.stop();

    const restored = new StorageCluster(['storage-1']);
    for (const path of ['format.json', 'log/0000000000000001.wal']) {
      await restored.disk('storage-1').writeFile(path, (await disk.readFile(path)) ?? new Uint8Array(0));
    }
    cluster = restored;
    await cluster.start();
    expect((await cluster.registryLog()).map(({ entry }) => entry.position)).toEqual([1, 2, 3, 4, 5, 6]);
    await cluster.put(key(9), value(9), 'after the loss');
    await expectWholeLog();
  });

  it('begins anew behind its end when the data folder was replaced by an empty one', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    for (let n = 0; n < 5; n++) await cluster.put(key(n), value(n));
    await cluster.kill('storage-1');
    await cluster.disk('storage-1').remove('/');
    await cluster.start();
    await cluster.put(key(9), value(9));
    const log = await cluster.registryLog();
    expect(log.map(({ entry }) => entry.position)).toEqual([8, 9]);
    expect(log.at(-1)?.event.name).toBe('c9');
  });
});
