import { credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Log, type LogEntry, MemoryBroker, Subjects } from '@orrery/bus';
import { registryv1 } from '@orrery/proto';
import { etcdserverpb } from '@orrery/proto/etcd';
import {
  checkWholeRegistryLog,
  type EtcdAccess,
  EtcdRevisionSource,
  type KnownHistory,
  RegistryLogPublisher,
  readRegistryLog,
} from '@orrery/registry-log';
import { MemoryLogger, SystemTimers } from '@orrery/runtime';
import { EtcdCluster } from '@orrery/testing';

const prefix = '/orrery';
const timers = new SystemTimers();
const everything = Buffer.from([0]);
const pod = (name: string | number): string => `${prefix}/registry/core/pods/default/${name}`;
const object = (name: string | number): string => JSON.stringify({ apiVersion: 'v1', metadata: { uid: `u-${name}` } });

/** A real etcd, its clients, and publishers of what it holds. */
class World {
  readonly kv: InstanceType<typeof etcdserverpb.KVClient>;
  readonly watches: InstanceType<typeof etcdserverpb.WatchClient>;
  readonly broker = new MemoryBroker({ timers });
  readonly subjects = new Subjects('test');
  readonly logger = new MemoryLogger();
  readonly #stops: (() => void)[] = [];

  constructor(readonly etcd: EtcdCluster) {
    const [endpoint = ''] = etcd.endpoints;
    this.kv = new etcdserverpb.KVClient(endpoint, credentials.createInsecure());
    this.watches = new etcdserverpb.WatchClient(endpoint, credentials.createInsecure());
  }

  log(): Promise<Log> {
    const options = { subjects: [this.subjects.registryOfAll()], bytesMax: 1e9 };
    return this.broker.connect().log(this.subjects.registryLog(), options);
  }

  publisher(): { readonly publisher: RegistryLogPublisher; readonly source: EtcdRevisionSource; stop(): void } {
    const { subjects, logger } = this;
    const source = new EtcdRevisionSource({ access: this.access(), prefix, timers, logger });
    const parts = { openLog: () => this.log(), source, subjects, timers, logger, leads: () => true, standbyMs: 100 };
    const publisher = new RegistryLogPublisher(parts);
    source.onProgress = () => publisher.wake();
    const forget = this.broker.onStart(() => publisher.lookAgain());
    const stop = (): void => {
      publisher.stop();
      source.rest();
      forget();
    };
    this.#stops.push(stop);
    publisher.start();
    return { publisher, source, stop };
  }

  put(key: string, value: string): Promise<number> {
    const request = etcdserverpb.PutRequest.fromPartial({ key: Buffer.from(key), value: Buffer.from(value) });
    return new Promise((resolve, reject) =>
      this.kv.put(request, (error, answer) => (error ? reject(error) : resolve(answer.header?.revision ?? 0))),
    );
  }

  async revision(): Promise<number> {
    return this.access().newestRevision();
  }

  /** Resolves when the log ends where etcd does. */
  async published(): Promise<LogEntry[]> {
    const log = await this.log();
    for (let waited = 0; ; waited += 20) {
      if ((await log.lastPosition()) === (await this.revision())) return readRegistryLog(log);
      if (waited > 20_000)
        throw new Error(`the log ends at ${await log.lastPosition()}, etcd at ${await this.revision()}`);
      await timers.sleep(20);
    }
  }

  /** What is wrong with the log in the eyes of a second watch of the same etcd. */
  async faults(): Promise<string[]> {
    const entries = await this.published();
    const truth = new EtcdRevisionSource({ access: this.access(), prefix, timers, logger: this.logger });
    await truth.follow((entries[0]?.position ?? 1) - 1);
    const faults = checkWholeRegistryLog(entries, truth satisfies KnownHistory, this.subjects);
    truth.rest();
    return faults;
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    this.kv.close();
    this.watches.close();
  }

  private access(): EtcdAccess {
    const { kv, watches } = this;
    return {
      async *watch(create, signal) {
        const stream = watches.watch();
        signal.addEventListener('abort', () => stream.cancel());
        const value = etcdserverpb.WatchCreateRequest.fromPartial(create);
        stream.write({ requestUnion: { $case: 'createRequest', value } });
        for await (const response of stream) yield response as etcdserverpb.WatchResponse;
      },
      newestRevision: () =>
        new Promise((resolve, reject) => {
          const request = etcdserverpb.RangeRequest.fromPartial({ key: everything, countOnly: true });
          kv.range(request, (error, answer) => (error ? reject(error) : resolve(answer.header?.revision ?? 0)));
        }),
      touch: () => this.put(`${prefix}/touched`, ''),
    };
  }
}

let etcd: EtcdCluster;
let world: World;

beforeEach(async () => {
  etcd = await EtcdCluster.start();
  world = new World(etcd);
});
afterEach(async () => {
  world.destroy();
  await etcd.close();
});

function told({ data }: LogEntry): [number, number, string] {
  const { revision, type, name } = registryv1.Event.decode(data);
  return [revision, type, name];
}

describe('the registry log of a real etcd', () => {
  const { TYPE_UNSPECIFIED, TYPE_ADDED, TYPE_MODIFIED, TYPE_DELETED } = registryv1.Event_Type;

  it('has one entry for each revision, from the first on', async () => {
    await world.put(pod('a'), object('a'));
    world.publisher();
    await world.put('/foreign/registry/core/pods/default/x', 'not ours');
    await world.put(pod('a'), object('a2'));
    await world.etcd.etcdctl('del', pod('a'));
    expect((await world.published()).map(told)).toEqual([
      [1, TYPE_UNSPECIFIED, ''],
      [2, TYPE_ADDED, 'a'],
      [3, TYPE_UNSPECIFIED, ''],
      [4, TYPE_MODIFIED, 'a'],
      [5, TYPE_DELETED, 'a'],
    ]);
    expect(await world.faults()).toEqual([]);
  });

  it('is written by one of several publishers, and goes on when that one ends', async () => {
    const publishers = [world.publisher(), world.publisher(), world.publisher()];
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 200 }, (_, n) => world.put(pod(n), object(`${round}-${n}`))));
      expect(await world.faults()).toEqual([]);
      publishers[round]?.stop();
    }
  });

  it('is filled up again when the broker has lost entries that etcd still knows', async () => {
    world.publisher();
    for (let n = 0; n < 50; n += 1) await world.put(pod(n), object(n));
    const before = await world.published();
    world.broker.crash(30);
    world.broker.start();
    expect(await world.published()).toEqual(before);
  });

  it('begins anew behind what etcd has compacted', async () => {
    for (let n = 0; n < 20; n += 1) await world.put(pod(n), object(n));
    await world.etcd.etcdctl('compact', '10');
    world.publisher();
    expect((await world.published()).map(({ position }) => position)).toEqual([
      11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    ]);
    expect(await world.faults()).toEqual([]);
  });

  it('leaves out a revision at which somebody has changed several objects, and expires what is before', async () => {
    world.publisher();
    await world.put(pod('a'), object('a'));
    await world.put(pod('b'), object('b'));
    await world.published();
    await world.etcd.etcdctl('del', '--prefix', `${prefix}/registry/`);
    const entries = await world.published();
    expect(entries[0]?.position).toBeGreaterThan(4);
    expect(await world.faults()).toEqual([]);
  });

  it('survives a restart of etcd', async () => {
    world.publisher();
    await world.put(pod('a'), object('a'));
    await world.published();
    await etcd.stopMember('etcd-1', 'SIGKILL');
    await etcd.startMember('etcd-1');
    await world.put(pod('b'), object('b'));
    expect((await world.published()).at(-1)?.position).toBe(3);
    expect(await world.faults()).toEqual([]);
  });
});

describe('the registry log of an etcd that was made anew', () => {
  let older: EtcdCluster;
  beforeAll(async () => {
    older = await EtcdCluster.start();
  });
  afterAll(() => older.close());

  it('goes on behind what its followers have seen', async () => {
    const first = world.publisher();
    for (let n = 0; n < 300; n += 1) await world.put(pod(n), object(n));
    await world.published();
    first.stop();
    const next = new World(older);
    Object.assign(next, { broker: world.broker });
    try {
      for (let n = 0; n < 5; n += 1) await next.put(pod(n), object(`new-${n}`));
      next.publisher();
      await next.published();
      await next.put(pod('last'), object('last'));
      const entries = await next.published();
      expect(entries[0]?.position).toBeGreaterThan(302);
      expect(told(entries.at(-1) as LogEntry)[2]).toBe('last');
    } finally {
      next.destroy();
    }
  });
});
