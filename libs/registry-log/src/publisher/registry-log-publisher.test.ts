import { afterEach, describe, expect, it } from '@jest/globals';
import { type Log, MemoryBroker, Subjects } from '@orrery/bus';
import { MemoryLogger, SeededRandom, VirtualTime } from '@orrery/runtime';
import { checkRegistryLog, checkWholeRegistryLog, readRegistryLog } from '../testing/check-registry-log.ts';
import { ModelFollower } from '../testing/model-follower.ts';
import { RecordedSource } from '../testing/recorded-source.ts';
import { LOOK_INTERVAL_MS, RegistryLogPublisher } from './registry-log-publisher.ts';

const pod = (name: string | number): string => `/registry/core/pods/default/${name}`;
const node = (name: string | number): string => `/registry/core/nodes/_/${name}`;
const object = (name: string | number): string => JSON.stringify({ apiVersion: 'v1', metadata: { uid: `u-${name}` } });

/** A broker, a cluster, and whoever publishes and follows. */
class World {
  readonly time = new VirtualTime();
  readonly broker = new MemoryBroker({ timers: this.time });
  readonly subjects = new Subjects('test');
  readonly bus = this.broker.connect();
  readonly logger = new MemoryLogger();
  cluster = new RecordedSource();
  readonly #stops: (() => void)[] = [];
  /** Bytes that the log keeps. */
  bytesMax = 1e9;

  log(): Promise<Log> {
    return this.bus.log(this.subjects.registryLog(), {
      subjects: [this.subjects.registryOfAll()],
      bytesMax: this.bytesMax,
    });
  }

  publisher(
    options: { source?: RecordedSource; leads?: () => boolean; standbyMs?: number; openLog?: () => Promise<Log> } = {},
  ) {
    const { source = this.cluster, leads = () => true, standbyMs, openLog = () => this.log() } = options;
    const { subjects, time: timers, logger } = this;
    const publisher = new RegistryLogPublisher({ openLog, source, subjects, timers, logger, leads, standbyMs });
    const onProgress = source.onProgress;
    source.onProgress = () => {
      onProgress?.();
      publisher.wake();
    };
    const forget = this.bus.onReconnect(() => publisher.lookAgain());
    this.#stops.push(() => publisher.stop(), forget);
    publisher.start();
    return publisher;
  }

  async follower(resource?: string): Promise<ModelFollower> {
    const follower = new ModelFollower(await this.log(), this.subjects, () => this.cluster, resource);
    this.#stops.push(() => follower.stop());
    follower.start();
    await this.time.settle();
    return follower;
  }

  /** One follower of everything, one of the pods and one of the nodes. */
  followers(): Promise<ModelFollower[]> {
    return Promise.all([this.follower(), this.follower('pods'), this.follower('nodes')]);
  }

  /** `count` pods, one after the other. */
  async writePods(count: number): Promise<void> {
    for (let n = 0; n < count; n++) this.cluster.write({ [pod(n)]: object(n) });
    await this.time.settle();
  }

  async positions(): Promise<number[]> {
    return (await readRegistryLog(await this.log())).map(({ position }) => position);
  }

  async faults(): Promise<string[]> {
    return checkWholeRegistryLog(await readRegistryLog(await this.log()), this.cluster, this.subjects);
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
  }
}

let world: World;
afterEach(() => world.destroy());

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

function expectUpToDate(followers: readonly ModelFollower[], lists?: readonly number[]): void {
  expect(followers.flatMap(({ faults }) => faults)).toEqual([]);
  expect(followers.flatMap(({ differences }) => differences)).toEqual([]);
  if (lists !== undefined) expect(followers.map((follower) => follower.lists)).toEqual(lists);
}

describe('the registry log', () => {
  it('has one entry for each revision, also for one that changed no object', async () => {
    world = new World();
    world.publisher();
    world.cluster.write({ [pod('a')]: object('a') });
    world.cluster.write({ '/other': 'x', '/another': 'y' });
    world.cluster.write({ '/other': undefined, [pod('a')]: undefined });
    await world.time.settle();
    expect(await world.positions()).toEqual([1, 2, 3, 4]);
    expect(await world.faults()).toEqual([]);
  });

  it.each([
    ['is whole where that is a short past', 100, 1, [1, 1, 1]],
    ['begins behind a long past, of which who has listed before knows nothing', 1_000, 1_002, [2, 2, 2]],
  ])('says nothing before there is an object, then %s', async (_, others, first, lists) => {
    world = new World();
    world.cluster.toldFrom = undefined;
    const publisher = world.publisher();
    await world.time.settle();
    const followers = await world.followers();
    for (let n = 0; n < others; n++) world.cluster.write({ [`/other/${n}`]: 'x' });
    await world.time.advance(2 * LOOK_INTERVAL_MS);
    expect(await world.positions()).toEqual([1]);
    expect(publisher.published).toBe(others + 1);
    world.cluster.toldFrom = world.cluster.revision + 1;
    await world.writePods(3);
    await world.time.advance('1s');
    expect((await world.positions())[0]).toBe(first);
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers, lists);
  });

  it('is the same whoever of several writers gets an entry through', async () => {
    world = new World();
    const [one, other] = [world.publisher(), world.publisher()];
    for (let n = 0; n < 600; n++) {
      world.cluster.write({ [pod(n)]: object(n) });
      if (n % 50 === 0) await world.time.advance(30);
    }
    await world.time.advance('1s');
    expect(await world.faults()).toEqual([]);
    expect([one.published, other.published]).toEqual([601, 601]);
  });

  it('takes what a deposed leader still writes, and no entry twice', async () => {
    world = new World();
    const old = world.cluster;
    world.publisher({ source: old });
    await world.writePods(5);
    // The old leader learns nothing new from here on, and still publishes what it has.
    world.cluster = old.copy();
    old.onProgress = undefined;
    const successor = world.publisher();
    await world.writePods(5);
    await world.time.advance('5s');
    expect(await world.faults()).toEqual([]);
    expect(successor.published).toBe(11);
    // What it does not know is not what it may replace: with a majority it would have learned of it.
    expect(world.cluster.revision).toBe(11);
  });

  it('goes on under a new leader where the old one ended', async () => {
    world = new World();
    let leader = 1;
    world.publisher({ leads: () => leader === 1 });
    world.publisher({ leads: () => leader === 2 });
    const followers = await world.followers();
    for (let round = 0; round < 10; round++) {
      leader = 1 + (round % 2);
      await world.writePods(7);
    }
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers, [1, 1, 1]);
  });

  it('keeps the newest entries within its bytes; who is further behind lists again', async () => {
    world = new World();
    world.bytesMax = 4_000;
    world.publisher();
    await world.writePods(100);
    const positions = await world.positions();
    expect(positions[0]).toBeGreaterThan(50);
    expect(positions).toEqual(range(positions[0] ?? 0, 101));
    const late = (await world.log()).follow({ after: 10, signal: new AbortController().signal });
    await expect(late[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'LogExpiredError' });
  });
});

describe('a registry log whose broker', () => {
  it('restarts goes on, and nobody lists again', async () => {
    world = new World();
    world.publisher();
    const followers = await world.followers();
    await world.writePods(5);
    world.broker.stop();
    await world.writePods(5);
    await world.time.advance('7s');
    world.broker.start();
    await world.time.advance('1s');
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers, [1, 1, 1]);
  });

  it.each([1, 3, 9])(
    'has lost its %d newest entries is filled up the same as before, and nobody lists again',
    async (lost) => {
      world = new World();
      world.publisher();
      const followers = await world.followers();
      await world.writePods(9);
      const before = await readRegistryLog(await world.log());
      world.broker.crash(lost);
      world.broker.start();
      await world.time.advance('1s');
      expect(await readRegistryLog(await world.log())).toEqual(before);
      await world.writePods(3);
      expect(await world.faults()).toEqual([]);
      expectUpToDate(followers, [1, 1, 1]);
    },
  );

  it('has lost more than the store remembers begins anew, and all who cannot be told the rest list again', async () => {
    world = new World();
    let leads = true;
    world.publisher({ leads: () => leads });
    const behind = await world.followers();
    await world.writePods(9);
    leads = false;
    world.cluster.write({ [node('unseen')]: object('unseen') });
    await world.writePods(9);
    world.cluster.compact(15);
    world.broker.crash(5);
    world.broker.start();
    leads = true;
    const ahead = await world.follower('pods');
    world.cluster.write({ [node('seen')]: object('seen') });
    await world.time.advance('1s');
    expect(await world.positions()).toEqual(range(16, 21));
    expect(await world.faults()).toEqual([]);
    expectUpToDate([...behind, ahead], [2, 2, 2, 1]);
  });
});

describe('a registry log that an operator', () => {
  it.each(['while something is written', 'while nothing is written'])('deletes %s is filled up again', async (when) => {
    world = new World();
    world.publisher();
    const followers = await world.followers();
    await world.writePods(9);
    world.broker.deleteLog(world.subjects.registryLog());
    if (when === 'while something is written') await world.writePods(1);
    await world.time.advance(LOOK_INTERVAL_MS);
    await world.time.advance('1s');
    expect(await world.positions()).toEqual(range(1, world.cluster.revision));
    expect(await world.faults()).toEqual([]);
    await world.writePods(2);
    expectUpToDate(followers, [1, 1, 1]);
  });

  it('deletes comes back as far as the history goes; who is behind it lists again', async () => {
    world = new World();
    world.publisher();
    const followers = await world.followers();
    await world.writePods(9);
    world.cluster.compact(6);
    world.broker.deleteLog(world.subjects.registryLog());
    const behind = (await world.log()).follow({ after: 3, signal: new AbortController().signal });
    const next = behind[Symbol.asyncIterator]().next();
    next.catch(() => undefined);
    await world.time.advance(LOOK_INTERVAL_MS);
    expect(await world.positions()).toEqual(range(7, 10));
    await expect(next).rejects.toMatchObject({ name: 'LogExpiredError' });
    await world.writePods(1);
    expectUpToDate(
      followers,
      [1, 2, 2].map((lists, at) => (at === 0 ? lists : (followers[at]?.lists ?? 0))),
    );
  });

  it('deletes in a cluster that is idle and has forgotten everything begins anew', async () => {
    world = new World();
    world.publisher();
    const followers = await world.followers();
    await world.writePods(9);
    world.cluster.compact(10);
    world.broker.deleteLog(world.subjects.registryLog());
    await world.time.advance(LOOK_INTERVAL_MS);
    expect(await world.positions()).toEqual([12]);
    await world.writePods(1);
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers);
  });

  it('purges goes on behind its end, and only who was behind lists again', async () => {
    world = new World();
    world.publisher();
    const followers = await world.followers();
    await world.writePods(9);
    world.broker.purgeLog(world.subjects.registryLog());
    const behind = (await world.log()).follow({ after: 3, signal: new AbortController().signal });
    await expect(behind[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'LogExpiredError' });
    await world.time.advance(LOOK_INTERVAL_MS);
    await world.writePods(2);
    expect(await world.positions()).toEqual([11, 12]);
    expectUpToDate(followers, [1, 1, 1]);
  });

  it('has written into by hand begins anew', async () => {
    world = new World();
    world.publisher();
    await world.writePods(3);
    const subject = world.subjects.registry({ group: '', resource: 'secrets', route: '', namespace: 'x', name: 'y' });
    await (await world.log()).append({ subject, position: 5, data: new TextEncoder().encode('by hand') }, 4);
    const followers = await world.followers();
    await world.writePods(2);
    await world.time.advance('1s');
    await world.writePods(1);
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers.slice(1));
  });
});

describe('a registry log of a cluster that', () => {
  it.each(['goes on with its history', 'remembers only the newest part of it'])(
    'was restored from an older backup and %s goes on behind what its followers have seen',
    async (kind) => {
      world = new World();
      const old = world.publisher();
      await world.writePods(5);
      const backup = world.cluster.copy();
      const followers = await world.followers();
      world.cluster.write({ [node('lost')]: object('lost') });
      await world.writePods(5);
      old.stop();
      if (kind !== 'goes on with its history') backup.compact(4);
      world.cluster = backup;
      world.publisher();
      await world.time.advance('1s');
      world.cluster.write({ [node('new')]: object('new') });
      await world.writePods(2);
      await world.time.advance('1s');
      expect((await world.positions())[0]).toBeGreaterThan(13);
      expect(await world.faults()).toEqual([]);
      expectUpToDate(followers, [2, 2, 2]);
    },
  );

  it.each([3, 30])('was made anew under its name, %d revisions long, begins anew', async (length) => {
    world = new World();
    const old = world.publisher();
    for (let n = 0; n < 10; n++) world.cluster.write({ [node(n)]: object(n) });
    const followers = await world.followers();
    await world.time.settle();
    old.stop();
    world.cluster = new RecordedSource();
    await world.writePods(length);
    world.publisher();
    await world.time.advance('1s');
    await world.writePods(2);
    expect((await world.positions())[0]).toBeGreaterThan(Math.max(12, length + 2));
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers, [2, 2, 2]);
  });

  it('has a leader restored from a snapshot with a short history goes on without a gap', async () => {
    world = new World();
    const old = world.publisher();
    const followers = await world.followers();
    await world.writePods(9);
    old.stop();
    world.cluster = world.cluster.copy();
    world.cluster.compact(10);
    world.publisher();
    await world.writePods(5);
    expect(await world.positions()).toEqual(range(1, 15));
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers, [1, 1, 1]);
  });

  it('changes several objects at one revision leaves it out, and the followers list again', async () => {
    world = new World();
    world.publisher();
    const followers = await world.followers();
    await world.writePods(3);
    world.cluster.write({ [pod('x')]: object('x'), [node('y')]: object('y') });
    await world.writePods(2);
    await world.time.advance('1s');
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers, [2, 2, 2]);
    // Also where it is the newest revision for a while.
    world.cluster.write({ [pod('x')]: undefined, [node('y')]: undefined });
    await world.time.advance('1s');
    expect(await world.faults()).toEqual([]);
    expectUpToDate(followers, [3, 3, 3]);
  });
});

describe('several publishers that may all write', () => {
  it('leave the log to the one that is at it, and one of them takes over when it stops', async () => {
    world = new World();
    const counts = [0, 0, 0];
    const counted = (at: number) => async (): Promise<Log> => {
      const log = await world.log();
      return {
        append: (entry, previous) => {
          counts[at] = (counts[at] ?? 0) + 1;
          return log.append(entry, previous);
        },
        lastPosition: () => log.lastPosition(),
        firstPosition: () => log.firstPosition(),
        entryAt: (position) => log.entryAt(position),
        follow: (options) => log.follow(options),
      };
    };
    const publishers = [0, 1, 2].map((at) => world.publisher({ standbyMs: 500, openLog: counted(at) }));
    await world.time.advance('2s');
    counts.fill(0);
    for (let n = 0; n < 200; n++) {
      world.cluster.write({ [pod(n)]: object(n) });
      await world.time.advance(20);
    }
    const winner = counts.findIndex((count) => count >= 200);
    expect(winner).toBeGreaterThanOrEqual(0);
    expect(counts.filter((_, at) => at !== winner).every((count) => count <= 2)).toBe(true);
    expect(await world.faults()).toEqual([]);

    publishers[winner]?.stop();
    await world.writePods(10);
    await world.time.advance('2s');
    expect(await world.faults()).toEqual([]);
  });
});

describe('whatever happens', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'the log tells the history and its followers know it (seed %d)',
    async (seed) => {
      world = new World();
      const random = new SeededRandom(seed);
      let current = world.publisher({ standbyMs: seed % 2 === 0 ? undefined : 300 });
      if (seed % 3 === 0) world.publisher({ standbyMs: 300 });
      const followers = await world.followers();
      const faults: (() => Promise<void>)[] = [
        async () => {
          world.broker.crash(random.integer(12));
          await world.time.advance(random.integer(4_000));
          world.broker.start();
        },
        async () => world.broker.deleteLog(world.subjects.registryLog()),
        async () => world.broker.purgeLog(world.subjects.registryLog()),
        async () =>
          world.cluster.compact(Math.max(world.cluster.compactRevision, world.cluster.revision - random.integer(10))),
        async () => {
          world.cluster.write({ [pod('x')]: object(random.integer(9)), [node('y')]: object(random.integer(9)) });
        },
        async () => {
          current.stop();
          current = world.publisher();
        },
      ];
      for (let round = 0; round < 25; round++) {
        for (let n = random.integer(8); n > 0; n--) {
          const key = random.integer(2) === 0 ? pod(random.integer(5)) : node(random.integer(5));
          world.cluster.write({ [key]: random.integer(4) === 0 ? undefined : object(n) });
        }
        await world.time.advance(random.integer(300));
        if (random.integer(3) === 0) await faults[random.integer(faults.length)]?.();
      }
      await world.time.advance('1m');
      world.cluster.write({ [pod('last')]: object('last') });
      world.cluster.write({ [node('last')]: object('last') });
      await world.time.advance('1m');
      const entries = await readRegistryLog(await world.log());
      expect(checkRegistryLog(entries, world.cluster, world.subjects)).toEqual([]);
      expect(entries.at(-1)?.position).toBe(world.cluster.revision);
      expectUpToDate(followers);
    },
  );
});
