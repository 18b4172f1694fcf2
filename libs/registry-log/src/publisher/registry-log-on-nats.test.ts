import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Log, NatsBus, NatsServer, Subjects } from '@orrery/bus';
import { type Host, MemoryLogger, systemHost, systemProcesses } from '@orrery/runtime';
import { checkWholeRegistryLog, readRegistryLog } from '../testing/check-registry-log.ts';
import { ModelFollower } from '../testing/model-follower.ts';
import { RecordedSource } from '../testing/recorded-source.ts';
import { RegistryLogPublisher } from './registry-log-publisher.ts';

const user = { name: 'tester', password: 'secret', publish: ['>'], subscribe: ['>'] };
const pod = (name: string | number): string => `/registry/core/pods/default/${name}`;
const node = (name: string | number): string => `/registry/core/nodes/_/${name}`;
const object = (name: string | number): string => JSON.stringify({ apiVersion: 'v1', metadata: { uid: `u-${name}` } });

let folder: string;
let host: Host;
let server: NatsServer;
let world: World;
let count = 0;

beforeAll(async () => {
  const made = await systemProcesses.run('mktemp', ['-d', '-t', 'orrery-registry-log-XXXXXX']);
  folder = made.stdout.trim();
  const logger = new MemoryLogger();
  host = systemHost({ dataFolder: folder, logger });
  const { disk, timers } = host;
  server = new NatsServer({ folder, disk, port: 0, users: [user], processes: systemProcesses, timers, logger });
  await server.start();
});
afterAll(async () => {
  await server.stop();
  await host.disk.remove('');
});

/** A log of its own on the one broker. */
class World {
  readonly cluster = new RecordedSource();
  readonly subjects = new Subjects(`c${++count}`);
  readonly logger = new MemoryLogger();
  readonly #stops: (() => void | Promise<void>)[] = [];

  async connect(): Promise<NatsBus> {
    const { timers, clock, ids, random } = host;
    const { logger } = this;
    const servers = [server.address];
    const bus = await NatsBus.connect({
      servers,
      user: 'tester',
      password: 'secret',
      timers,
      clock,
      ids,
      random,
      logger,
    });
    this.#stops.push(() => bus.close());
    return bus;
  }

  log(bus: NatsBus): Promise<Log> {
    return bus.log(this.subjects.registryLog(), { subjects: [this.subjects.registryOfAll()], bytesMax: 1e9 });
  }

  async publisher(standbyMs?: number): Promise<RegistryLogPublisher> {
    const bus = await this.connect();
    const { cluster: source, subjects, logger } = this;
    const openLog = (): Promise<Log> => this.log(bus);
    const { timers } = host;
    const publisher = new RegistryLogPublisher({
      openLog,
      source,
      subjects,
      timers,
      logger,
      leads: () => true,
      standbyMs,
    });
    const onProgress = source.onProgress;
    source.onProgress = () => {
      onProgress?.();
      publisher.wake();
    };
    this.#stops.push(
      () => publisher.stop(),
      bus.onReconnect(() => publisher.lookAgain()),
    );
    publisher.start();
    return publisher;
  }

  async followers(): Promise<ModelFollower[]> {
    const log = await this.log(await this.connect());
    const resources = [undefined, 'pods', 'nodes'];
    const followers = resources.map((resource) => new ModelFollower(log, this.subjects, () => this.cluster, resource));
    for (const follower of followers) {
      follower.start();
      this.#stops.push(() => follower.stop());
    }
    return followers;
  }

  /** Pods and nodes in turn. */
  write(count: number): void {
    for (let n = 0; n < count; n += 1) this.cluster.write({ [n % 2 === 0 ? pod(n) : node(n)]: object(n) });
  }

  /** About the stream that is the log now. */
  async askJetStream(call: string): Promise<void> {
    const bus = await this.connect();
    const stream = await this.stream(bus);
    await bus.request(`$JS.API.STREAM.${call}.${stream}`, new Uint8Array());
  }

  async stream(bus: NatsBus): Promise<string> {
    const asked = Buffer.from(JSON.stringify({ subject: this.subjects.registryOfAll() }));
    const answer = Buffer.from(await bus.request('$JS.API.STREAM.NAMES', asked)).toString();
    const { streams } = JSON.parse(answer) as { streams: readonly string[] | null };
    return streams?.[0] ?? 'none';
  }

  /** The broker may show what it has lost the files of. */
  async mustBeOnDisk(): Promise<void> {
    const streams = await systemProcesses.run('ls', [`${folder}/jetstream/jetstream/$G/streams`]);
    const ours = streams.stdout.split('\n').filter((name) => name.startsWith(`${this.subjects.registryLog()}-`));
    expect(ours).toEqual([await this.stream(await this.connect())]);
    const files = await systemProcesses.run('ls', [`${folder}/jetstream/jetstream/$G/streams/${ours[0]}/msgs`]);
    expect(files.stdout).toContain('.blk');
  }

  /** Resolves when the log is whole; the newest revision is `last`, if that is given. */
  async whole(): Promise<number[]> {
    const bus = await this.connect();
    const log = await this.log(bus);
    for (let waited = 0; ; waited += 20) {
      if ((await log.lastPosition()) === this.cluster.revision) break;
      if (waited > 20_000)
        throw new Error(`the log ends at ${await log.lastPosition()}, not at ${this.cluster.revision}`);
      await host.timers.sleep(20);
    }
    const entries = await readRegistryLog(log);
    expect(checkWholeRegistryLog(entries, this.cluster, this.subjects)).toEqual([]);
    return entries.map(({ position }) => position);
  }

  async untilUpToDate(followers: readonly ModelFollower[]): Promise<void> {
    const differences = (): string[] => followers.flatMap((follower) => follower.differences);
    const faults = (): string[] => followers.flatMap((follower) => follower.faults);
    for (let waited = 0; differences().length > 0 && faults().length === 0; waited += 20) {
      if (waited > 20_000) throw new Error(differences().join(', '));
      await host.timers.sleep(20);
    }
    expect(faults()).toEqual([]);
  }

  async destroy(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop();
  }
}

beforeEach(() => {
  world = new World();
});
afterEach(() => world.destroy());

describe('the registry log on a real broker', () => {
  it('is whole and followed without listing again', async () => {
    await world.publisher();
    const followers = await world.followers();
    world.write(2_000);
    expect(await world.whole()).toHaveLength(2_001);
    await world.untilUpToDate(followers);
    expect(followers.map(({ lists }) => lists)).toEqual([1, 1, 1]);
  });

  it('is filled up again after the broker came back without its newest entries, and nobody lists again', async () => {
    await world.publisher();
    const followers = await world.followers();
    world.write(20);
    await world.whole();
    await server.stop();
    await systemProcesses.run('cp', ['-a', `${folder}/jetstream`, `${folder}/saved`]);
    await server.start();
    world.write(30);
    await world.whole();
    await world.untilUpToDate(followers);
    await server.stop();
    await host.disk.remove('jetstream');
    await systemProcesses.run('mv', [`${folder}/saved`, `${folder}/jetstream`]);
    world.write(10);
    await server.start();
    expect(await world.whole()).toHaveLength(61);
    world.write(2);
    await world.untilUpToDate(followers);
    expect(followers.map(({ lists }) => lists)).toEqual([1, 1, 1]);
  });

  it('is filled up again after it was deleted under load, and nobody lists again', async () => {
    await world.publisher();
    const followers = await world.followers();
    world.write(200);
    await world.whole();
    const deleting = world.askJetStream('DELETE');
    world.write(200);
    await deleting;
    world.write(200);
    expect(await world.whole()).toHaveLength(601);
    await world.untilUpToDate(followers);
    expect(followers.map(({ lists }) => lists)).toEqual([1, 1, 1]);
  });

  it('begins anew after it was deleted and the source has forgotten the beginning', async () => {
    await world.publisher();
    const followers = await world.followers();
    world.write(50);
    await world.whole();
    world.cluster.compact(40);
    await world.askJetStream('DELETE');
    world.write(10);
    expect((await world.whole())[0]).toBe(41);
    await world.untilUpToDate(followers);
  });

  it('goes on after it was purged', async () => {
    await world.publisher();
    const followers = await world.followers();
    world.write(50);
    await world.whole();
    await world.untilUpToDate(followers);
    await world.askJetStream('PURGE');
    world.write(10);
    expect((await world.whole())[0]).toBe(52);
    await world.untilUpToDate(followers);
  });

  it.each([1, 2, 3])('is whole when several publishers write it at the same time (%d)', async () => {
    await world.publisher();
    world.write(20);
    await world.whole();
    await Promise.all([world.publisher(), world.publisher(), world.publisher(100)]);
    const followers = await world.followers();
    for (let round = 0; round < 10; round += 1) {
      world.write(30);
      await world.whole();
    }
    expect(await world.whole()).toHaveLength(321);
    await world.untilUpToDate(followers);
    expect(followers.map(({ lists }) => lists)).toEqual([1, 1, 1]);
  });

  it('is whole when several publishers begin it at once, and again whenever it is deleted by hand', async () => {
    world.write(10);
    await Promise.all([world.publisher(), world.publisher(), world.publisher(), world.publisher(100)]);
    const followers = await world.followers();
    for (let round = 0; round < 6; round += 1) {
      world.write(40);
      // The log begins anew behind a gap in every second round.
      if (round % 2 === 1) world.cluster.compact(world.cluster.revision - 10);
      const deleting = world.askJetStream('DELETE');
      world.write(20);
      await deleting;
      world.write(2);
      await world.whole();
      await world.untilUpToDate(followers);
    }
    await world.mustBeOnDisk();
  });
});
