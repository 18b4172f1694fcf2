import { afterEach, describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { SeededRandom } from '@orrery/runtime';
import type { LogConfig } from './storage-config.ts';
import { putOperation, StorageCluster } from './testing/storage-cluster.ts';

const members = ['storage-1', 'storage-2', 'storage-3'];
const { MemberChangeRequest_Action: Action } = storagev1;
/** So small that a few hundred writes bring several snapshots. */
const log: LogConfig = {
  segmentBytesMax: 16 * 1024,
  snapshotAfterBytes: 32 * 1024,
  allocateBytes: 4096,
  keptEntriesMax: 10,
};

let cluster: StorageCluster;
afterEach(() => cluster.stop());

/** Each value is written over `keys` keys in turn, so that the state stays small while the log grows. */
async function write(from: number, to: number, keys = 20): Promise<void> {
  for (let n = from; n < to; n++)
    expect(await cluster.put(`/k${n % keys}`, `${n}`.padEnd(300, '.'))).toMatchObject({ $case: 'txn' });
}

function values(read: Record<string, string>): number[] {
  return Object.values(read)
    .map((value) => Number.parseInt(value, 10))
    .sort((a, b) => a - b);
}

const newest = (count: number, keys = 20): number[] => Array.from({ length: keys }, (_, at) => count - keys + at);
const snapshotsOf = (member: string): Promise<string[]> => cluster.disk(member).list('snapshots');
const loggedBy = (member: string, message: string): number =>
  cluster.host(member).logger.lines.filter((line) => line.message === message).length;

async function change(action: storagev1.MemberChangeRequest_Action, member: string) {
  const value = { action, member, peerUrls: [`http://${member}:2380`] };
  return cluster.ask({ $case: 'memberChange', value });
}

describe('entries that are only on disk any more', () => {
  it.each([0, 10])(
    'come to a member that was away with a snapshot before one is due (%d kept in memory)',
    async (keptEntriesMax) => {
      cluster = new StorageCluster(members, 5, {
        log: { ...log, snapshotAfterBytes: 64 * 1024 * 1024, keptEntriesMax },
      });
      await cluster.start();
      await write(0, 50);
      const leader = await cluster.untilLed();
      const away = members.find((member) => member !== leader) as string;
      await cluster.kill(away);
      // Longer than a leader counts on somebody who has fallen silent.
      await cluster.time.advance('10s');
      await write(50, 200);
      for (const member of members) expect(loggedBy(member, 'took a snapshot')).toBe(0);
      await cluster.start(away);
      await cluster.time.advance('10s');
      expect(loggedBy(away, 'installed a snapshot from the leader')).toBe(1);
      expect(values(await cluster.read('/k', away))).toEqual(newest(200));
      await write(200, 220);
      await cluster.time.advance('1s');
      expect(values(await cluster.read('/k', away))).toEqual(newest(220));
      expect(loggedBy(leader, 'took a snapshot')).toBe(1);
    },
  );
});

describe('snapshots of one member', () => {
  it('bound what is on disk, and what is read after a restart is what was written', async () => {
    cluster = new StorageCluster(['storage-1'], 1, { log });
    await cluster.start();
    // What compaction would do in time, so that the state does not hold the whole history.
    for (let round = 0; round < 6; round++) {
      await write(round * 200, (round + 1) * 200);
      const { revision } = await header();
      await cluster.ask({ $case: 'compact', value: { revision } });
    }
    expect(loggedBy('storage-1', 'took a snapshot')).toBeGreaterThan(5);
    expect((await snapshotsOf('storage-1')).length).toBe(2);
    expect((await cluster.disk('storage-1').list('log'))[0]).not.toBe('0000000000000001.wal');
    // 1,200 writes of 512 bytes at least, had nothing been removed.
    expect(cluster.disk('storage-1').bytesUsed).toBeLessThan(350 * 1024);
    await cluster.kill('storage-1', true);
    await cluster.start();
    expect(values(await cluster.read('/k'))).toEqual(newest(1_200));
    await write(1_200, 1_210);
    await cluster.kill('storage-1', true);
    await cluster.start();
    expect(values(await cluster.read('/k'))).toEqual(newest(1_210));
  });

  it('can be read where the newest is damaged, from the one before and the log', async () => {
    cluster = new StorageCluster(['storage-1'], 1, { log });
    await cluster.start();
    await write(0, 400);
    await cluster.kill('storage-1');
    const [, newer] = await snapshotsOf('storage-1');
    cluster.disk('storage-1').damage(`snapshots/${newer}`, 5_000);
    await cluster.start();
    expect(loggedBy('storage-1', 'a damaged snapshot is left out')).toBe(1);
    expect(values(await cluster.read('/k'))).toEqual(newest(400));
  });

  it('are refused where none of them can be read and the log does not reach back', async () => {
    cluster = new StorageCluster(['storage-1'], 1, { log });
    await cluster.start();
    await write(0, 400);
    await cluster.kill('storage-1');
    for (const name of await snapshotsOf('storage-1')) cluster.disk('storage-1').damage(`snapshots/${name}`, 100);
    await expect(cluster.start()).rejects.toMatchObject({ name: 'WalGapError', snapshotIndex: 0 });
    expect((await snapshotsOf('storage-1')).length).toBe(2);
  });

  it('are put off where the disk is too full for them', async () => {
    const roomy = { segmentBytesMax: 256 * 1024, allocateBytes: 128 * 1024, snapshotAfterBytes: 32 * 1024 };
    cluster = new StorageCluster(['storage-1'], 1, { log: roomy });
    await cluster.start();
    await write(0, 10);
    cluster.disk('storage-1').fillUp(5_000);
    await write(10, 100);
    expect(loggedBy('storage-1', 'no space left for a snapshot')).toBe(1);
    expect(await snapshotsOf('storage-1')).toEqual([]);
    expect(await cluster.disk('storage-1').list('snapshots')).toEqual([]);
    cluster.disk('storage-1').freeUp();
    await write(100, 200);
    expect((await snapshotsOf('storage-1')).length).toBeGreaterThan(0);
    expect(values(await cluster.read('/k'))).toEqual(newest(200));
  });

  it('are needed before somebody can join: without space for one that is refused, and later it is not', async () => {
    const roomy = { segmentBytesMax: 256 * 1024, allocateBytes: 128 * 1024 };
    cluster = new StorageCluster(['storage-1'], 1, { log: roomy });
    await cluster.start();
    await write(0, 20);
    cluster.disk('storage-1').fillUp(3_000);
    expect(await change(Action.ACTION_ADD_LEARNER, 'storage-2')).toMatchObject({
      $case: 'error',
      value: { code: storagev1.Error_Code.CODE_NO_SPACE },
    });
    cluster.disk('storage-1').freeUp();
    expect(await change(Action.ACTION_ADD_LEARNER, 'storage-2')).toMatchObject({ $case: 'memberChange' });
    await cluster.join('storage-2');
    await cluster.time.advance('2s');
    expect(values(await cluster.read('/k', 'storage-2'))).toEqual(newest(20));
  });
});

describe('snapshots between members', () => {
  it('bring a member up to date whose part of the log is gone at the others', async () => {
    cluster = new StorageCluster(members, 1, { log });
    await cluster.start();
    await cluster.untilLed();
    await write(0, 30);
    await cluster.kill('storage-3');
    await write(30, 400);
    await cluster.start('storage-3');
    await cluster.time.advance('5s');
    expect(loggedBy('storage-3', 'installed a snapshot from the leader')).toBe(1);
    expect(values(await cluster.read('/k', 'storage-3'))).toEqual(newest(400));
    await cluster.kill('storage-3', true);
    await cluster.start('storage-3');
    await cluster.time.advance('1s');
    expect(values(await cluster.read('/k', 'storage-3'))).toEqual(newest(400));
  });

  it('wait for space where the disk of the member that needs them is full', async () => {
    cluster = new StorageCluster(members, 1, { log: { ...log, allocateBytes: 0 } });
    await cluster.start();
    await cluster.untilLed();
    for (let round = 0; round < 5; round++) {
      await cluster.kill('storage-3');
      await write(round * 150, (round + 1) * 150);
      cluster.disk('storage-3').fillUp(round * 20_000);
      await cluster.start('storage-3');
      await cluster.time.advance('3s');
      cluster.disk('storage-3').freeUp();
      await cluster.time.advance('3s');
      expect(cluster.health('storage-3')).toBeUndefined();
      expect(values(await cluster.read('/k', 'storage-3'))).toEqual(newest((round + 1) * 150));
    }
    expect(loggedBy('storage-3', 'a snapshot from the leader was refused')).toBeGreaterThan(0);
    expect(loggedBy('storage-3', 'installed a snapshot from the leader')).toBeGreaterThan(0);
  });

  it('let a cluster of one grow to three: a learner first, then a voter', async () => {
    cluster = new StorageCluster(['storage-1'], 1, { log });
    await cluster.start();
    await write(0, 300);
    for (const name of ['storage-2', 'storage-3']) {
      expect(await change(Action.ACTION_ADD_LEARNER, name)).toMatchObject({ $case: 'memberChange' });
      await cluster.join(name);
      await cluster.time.advance('3s');
      expect(await change(Action.ACTION_PROMOTE, name)).toMatchObject({ $case: 'memberChange' });
    }
    await cluster.time.advance('1s');
    expect(values(await cluster.read('/k', 'storage-3'))).toEqual(newest(300));
    await cluster.kill('storage-1');
    await cluster.untilLed();
    await write(300, 310);
    await cluster.start('storage-1');
    await cluster.time.advance('2s');
    expect(values(await cluster.read('/k', 'storage-1'))).toEqual(newest(310));
  });

  it('make a learner a voter by themselves where that is wanted', async () => {
    cluster = new StorageCluster(['storage-1'], 1, { log, autoPromote: true });
    await cluster.start();
    await write(0, 300);
    await change(Action.ACTION_ADD_LEARNER, 'storage-2');
    await cluster.join('storage-2');
    await cluster.time.advance('5s');
    const list = await cluster.ask({ $case: 'memberList', value: { linearizable: true } });
    expect(list).toMatchObject({
      value: { members: [{ name: 'storage-1' }, { name: 'storage-2', isLearner: false }] },
    });
  });
});

describe('snapshots while everything breaks', () => {
  it.each([1, 2, 3])('lose no acknowledged write (seed %d)', async (seed) => {
    const random = new SeededRandom(seed);
    cluster = new StorageCluster(members, seed, { log: { ...log, snapshotAfterBytes: 12 * 1024, keptEntriesMax: 3 } });
    await cluster.start();
    await cluster.untilLed();
    const acknowledged = new Map<string, number>();
    let going = true;
    const writer = (async () => {
      for (let n = 0; going; n++) {
        const key = `/k${n % 20}`;
        const answer = await cluster.send(putOperation(key, `${n}`.padEnd(300, '.'))).catch(() => undefined);
        if (answer?.result?.$case === 'txn') acknowledged.set(key, n);
        await cluster.time.sleep(5);
      }
    })();
    for (let round = 0; round < 6; round++) {
      await cluster.time.advance(random.integer(400));
      const victims = random.integer(4) === 0 ? members : [members[random.integer(3)] as string];
      for (const victim of victims) await cluster.kill(victim, true);
      await cluster.time.advance(random.integer(3_000));
      await cluster.start(...victims);
    }
    await cluster.time.advance('4s');
    going = false;
    await cluster.settled(writer);
    const installed = members.reduce((sum, name) => sum + loggedBy(name, 'installed a snapshot from the leader'), 0);
    expect(installed).toBeGreaterThan(0);
    const read = await cluster.read('/k');
    expect(acknowledged.size).toBe(20);
    for (const [key, n] of acknowledged) expect(Number.parseInt(read[key] ?? '-1', 10)).toBeGreaterThanOrEqual(n);
    await cluster.time.advance('2s');
    for (const name of members) expect(await cluster.read('/k', name)).toEqual(read);
    for (const name of members)
      expect(cluster.disk(name).bytesUsed).toBeLessThan(4 * (await sizeOfNewest(name)) + 64 * 1024);
  });
});

describe('members that come and go', () => {
  it('stay out once they are removed, also after a restart', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const leader = await cluster.untilLed();
    const gone = members.find((name) => name !== leader) as string;
    expect(await change(Action.ACTION_REMOVE, gone)).toMatchObject({ $case: 'memberChange' });
    await cluster.kill(gone);
    const { term } = await header();
    await cluster.start(gone);
    await cluster.time.advance('10s');
    await cluster.put('/k', 'v');
    expect((await header()).term).toBe(term);
  });

  it('hand the leadership over before they leave: nobody waits for an election', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const leader = await cluster.untilLed();
    await cluster.put('/k', 'v');
    const before = cluster.time.now();
    await cluster.shutDown(leader);
    expect(cluster.leader).toBeDefined();
    expect(cluster.leader).not.toBe(leader);
    expect(await cluster.put('/k', 'w')).toMatchObject({ $case: 'txn' });
    expect(cluster.time.now() - before).toBeLessThan(200);
  });

  it('give the leadership to whom they are told', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const leader = await cluster.untilLed();
    const target = members.find((name) => name !== leader) as string;
    expect(await cluster.ask({ $case: 'moveLeader', value: { target } })).toMatchObject({ $case: 'moveLeader' });
    expect(await cluster.untilLed()).toBe(target);
  });

  it('stop for good when their device fails, and the others go on', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const leader = await cluster.untilLed();
    cluster.disk(leader).breakDown();
    await cluster.put('/k', 'v', 'once');
    expect(cluster.health(leader)).toContain('input/output error');
    for (let n = 0; n < 9; n++) expect(await cluster.put('/k', 'v', 'once')).toMatchObject({ $case: 'txn' });
    expect(await cluster.read('/k')).toEqual({ '/k': 'v' });
  });

  it('do not start on a log that rotted, and come back as the message says: removed, emptied, added as learner', async () => {
    cluster = new StorageCluster(members, 1, { log });
    await cluster.start();
    const leader = await cluster.untilLed();
    const rotten = members.find((name) => name !== leader) as string;
    await write(0, 60);
    await cluster.kill(rotten);
    const [segment] = await cluster.disk(rotten).list('log');
    const offset = await offsetOfBatch(rotten, `log/${segment}`);
    cluster.disk(rotten).damage(`log/${segment}`, offset + 24);
    await expect(cluster.start(rotten)).rejects.toMatchObject({
      name: 'WalCorruptedError',
      segment: `log/${segment}`,
      offset,
    });

    expect(await change(Action.ACTION_REMOVE, rotten)).toMatchObject({ $case: 'memberChange' });
    await cluster.disk(rotten).remove('/');
    expect(await change(Action.ACTION_ADD_LEARNER, rotten)).toMatchObject({ $case: 'memberChange' });
    await cluster.join(rotten);
    await cluster.time.advance('5s');
    expect(await change(Action.ACTION_PROMOTE, rotten)).toMatchObject({ $case: 'memberChange' });
    const other = members.find((name) => name !== leader && name !== rotten) as string;
    await cluster.kill(other);
    await write(60, 80);
    // What is committed is applied with the leader's next message.
    await cluster.time.advance('1s');
    expect(values(await cluster.read('/k', rotten))).toEqual(newest(80));
  });
});

/** Where the first batch of a log segment begins. */
async function offsetOfBatch(member: string, path: string): Promise<number> {
  return Buffer.from((await cluster.disk(member).readFile(path)) ?? []).indexOf('BCH1');
}

/** Bytes of the newest snapshot. */
async function sizeOfNewest(member: string): Promise<number> {
  const name = (await snapshotsOf(member)).at(-1);
  return (await cluster.disk(member).readFile(`snapshots/${name}`))?.length ?? 0;
}

async function header(): Promise<storagev1.ResponseHeader> {
  const { header } = await cluster.respond({ $case: 'status', value: {} });
  if (header === undefined) throw new Error('an answer without a header');
  return header;
}
