import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { MemoryDisk, MemoryLogger, SeededRandom } from '@orrery/runtime';
import { putOperation, StorageCluster } from '../testing/storage-cluster.ts';
import { DamagedBackupError } from './backup-errors.ts';
import { type RestoreOptions, restoreBackup } from './restore-backup.ts';
import { memoryFile, storeFrom } from './testing/backups.ts';

const members = ['storage-1', 'storage-2', 'storage-3'];
const key = (n: number) => `/registry/core/configmaps/default/c${n}`;
/** Makes a backup of several chunks. */
const padding = 'x'.repeat(10_000);
const value = (n: number) =>
  JSON.stringify({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: `c${n}`, uid: `u${n}` }, data: { padding } });

let cluster: StorageCluster;
beforeEach(async () => {
  cluster = new StorageCluster(members);
  await cluster.start();
  await cluster.untilLed();
});
afterEach(() => cluster.stop());

/** Asks any member, as `orrery storage backup` does, and takes its time between chunks. */
async function fetchBackup(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of cluster.client.requestMany(cluster.subjects.backup(), new Uint8Array())) {
    chunks.push(chunk);
    await cluster.time.sleep(20);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Writes one after the other until told to stop, as time goes by; `acknowledged` grows meanwhile. */
function writeOn(): { acknowledged: number[]; stop: () => Promise<void> } {
  const acknowledged: number[] = [];
  let going = true;
  const work = (async () => {
    for (let n = 0; going; n++) {
      const request = { requestId: `write-${n}`, operation: putOperation(key(n), value(n)) };
      await cluster.client.request(cluster.subjects.kv(), storagev1.Request.encode(request).finish());
      acknowledged.push(n);
      await cluster.time.sleep(1);
    }
  })();
  return {
    acknowledged,
    stop: () => {
      going = false;
      return cluster.settled(work);
    },
  };
}

function range(request: Partial<storagev1.RangeRequest>) {
  return cluster.ask({ $case: 'range', value: storagev1.RangeRequest.fromPartial(request) });
}

/** Throws the cluster's machines away and begins a new one from the backup, on the broker that was there before. */
async function beginAnew(backup: Uint8Array, options: RestoreOptions = {}) {
  for (const member of members) await cluster.kill(member);
  const folders = members.map((member) => ({ member, disk: cluster.disk(member) }));
  for (const { disk } of folders) for (const name of await disk.list('')) await disk.remove(name);
  const parts = { random: new SeededRandom(1), logger: new MemoryLogger() };
  const restored = await restoreBackup(memoryFile(backup), { cluster: 'test', members, folders }, parts, options);
  await cluster.start();
  await cluster.untilLed();
  return restored;
}

describe('a cluster begun from a backup', () => {
  it('has every write that was acknowledged before the backup was asked for, and goes on', async () => {
    const writer = writeOn();
    await cluster.time.runUntil(() => writer.acknowledged.length >= 50, { limit: '1m' });
    const before = [...writer.acknowledged];
    const backup = await cluster.settled(fetchBackup());
    await writer.stop();
    expect(writer.acknowledged.length).toBeGreaterThan(before.length);

    const restored = await beginAnew(backup);
    const kept = await cluster.read('/registry/');
    expect(Object.keys(kept)).toHaveLength(restored.keys);
    for (const n of before) expect(kept[key(n)]).toBe(value(n));
    expect(await cluster.put(key(9_999), value(9_999))).toMatchObject({ $case: 'txn' });
    for (const member of members) {
      await cluster.time.advance(200);
      expect(Object.keys(await cluster.read('/registry/', member))).toHaveLength(restored.keys + 1);
    }
  });

  it('never gives a revision again that the registry log has shown', async () => {
    for (let n = 0; n < 5; n++) await cluster.put(key(n), value(n));
    const backup = await cluster.settled(fetchBackup());
    for (let n = 5; n < 20; n++) await cluster.put(key(n), value(n));
    const shown = (await cluster.registryLog()).at(-1)?.entry.position ?? 0;
    expect(shown).toBeGreaterThan(20);

    await beginAnew(backup);
    await cluster.time.advance(5_000);
    await cluster.put(key(100), value(100));
    await cluster.time.advance(1_000);
    const last = (await cluster.registryLog()).at(-1);
    expect(last?.event.name).toBe('c100');
    expect(last?.entry.position).toBeGreaterThan(shown);
    expect(Object.keys(await cluster.read('/registry/'))).toHaveLength(6);
  });

  it('leaves out as many revisions as asked, and what was before counts as compacted', async () => {
    for (let n = 0; n < 5; n++) await cluster.put(key(n), value(n));
    const backup = await cluster.settled(fetchBackup());
    const { revision } = await storeFrom(backup);
    const restored = await beginAnew(backup, { bumpRevision: 1_000_000 });
    expect(restored.revision).toBe(revision + 1_000_000);
    const answer = await cluster.put(key(0), value(1));
    if (answer.$case !== 'txn') throw new Error(`the put was answered ${answer.$case}`);
    expect(answer.value.revision).toBeGreaterThan(restored.revision);
    expect(await range({ key: Buffer.from(key(0)), revision })).toMatchObject({ $case: 'error' });
    expect(await range({ key: Buffer.from(key(0)) })).toMatchObject({ value: { kvs: [{ version: 2 }] } });
  });

  it('is not begun from a damaged one', async () => {
    await cluster.put(key(1), value(1));
    const backup = await cluster.settled(fetchBackup());
    backup[backup.length >> 1] = (backup[backup.length >> 1] ?? 0) ^ 1;
    const disk = new MemoryDisk();
    const folders = [{ member: 'storage-1', disk }];
    const parts = { random: new SeededRandom(1), logger: new MemoryLogger() };
    const attempt = restoreBackup(memoryFile(backup), { cluster: 'test', members, folders }, parts);
    await expect(attempt).rejects.toThrow(DamagedBackupError);
    expect(await disk.list('')).toEqual([]);
  });

  it('does not take a folder that is in use', async () => {
    await cluster.put(key(1), value(1));
    const backup = await cluster.settled(fetchBackup());
    const folders = [{ member: 'storage-1', disk: cluster.disk('storage-1') }];
    const parts = { random: new SeededRandom(1), logger: new MemoryLogger() };
    const attempt = restoreBackup(memoryFile(backup), { cluster: 'test', members, folders }, parts);
    await expect(attempt).rejects.toThrow('the data folder is not empty');
  });
});
