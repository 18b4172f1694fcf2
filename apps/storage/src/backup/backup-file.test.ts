import { beforeAll, describe, expect, it } from '@jest/globals';
import { planBoltFile } from '@orrery/bolt';
import { putCommand } from '@orrery/kv';
import { DamagedBackupError, ForeignBackupError, NewerBackupError } from './backup-errors.ts';
import { BackupFile } from './backup-file.ts';
import { backupBytes, memoryFile, storeFrom } from './testing/backups.ts';
import { storeWith } from './testing/random-history.ts';

const open = (bytes: Uint8Array, skipHashCheck = false) => BackupFile.open(memoryFile(bytes), { skipHashCheck });

/** A database with these buckets, each with one pair at most, without a checksum. */
function database(buckets: Record<string, [string, string] | undefined>): Uint8Array {
  const contents = Object.entries(buckets).map(([name, pair]) => ({
    name,
    entries: () => {
      if (pair === undefined) return [];
      const value = Buffer.from(pair[1]);
      return [{ key: Buffer.from(pair[0]), valueBytes: value.length, value: () => value }];
    },
  }));
  const planning = planBoltFile(contents);
  let step = planning.next();
  while (!step.done) step = planning.next();
  return new Uint8Array(Buffer.concat([...step.value.chunks()]));
}

describe('a backup file', () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    const store = storeWith([]);
    for (let n = 0; n < 500; n++) store.apply(putCommand(`key-${n}`, Buffer.from(`value ${n}`)), { time: 0 });
    bytes = await backupBytes(store.freeze());
  });

  it('is refused with a single bit turned', async () => {
    for (const at of [4_100, 20_000, bytes.length - 40, bytes.length - 1]) {
      const rotten = bytes.slice();
      rotten[at] = (rotten[at] as number) ^ 1;
      await expect(open(rotten)).rejects.toThrow(DamagedBackupError);
    }
  });

  it('is refused where it was cut off', async () => {
    await expect(open(bytes.subarray(0, bytes.length - 5_000))).rejects.toThrow(DamagedBackupError);
    await expect(open(bytes.subarray(0, bytes.length - 32))).rejects.toThrow('does not end with its checksum');
  });

  it('may come without its checksum when that is said', async () => {
    const store = await storeFrom(bytes.subarray(0, bytes.length - 32), { skipHashCheck: true });
    expect([store.keys, store.revision]).toEqual([500, 501]);
  });

  it('is told from other files, and from what a newer release writes', async () => {
    await expect(open(Buffer.from('a text'))).rejects.toThrow(ForeignBackupError);
    await expect(open(database({ things: undefined }), true)).rejects.toThrow(ForeignBackupError);
    const layout = (version: string) => database({ key: undefined, meta: ['storageVersion', version] });
    await expect(open(layout('4.0.0'), true)).rejects.toThrow(NewerBackupError);
    await expect(open(layout('3.6.0'), true)).resolves.toBeInstanceOf(BackupFile);
  });

  it('says that its store had users', async () => {
    const guarded = await open(database({ key: undefined, meta: undefined, auth: ['authEnabled', '\x01'] }), true);
    expect(await guarded.head()).toMatchObject({ authentication: true });
  });

  it('counts a compaction that was not finished', async () => {
    const scheduled = Buffer.concat([Buffer.from('000000000000000b5f0000000000000000', 'hex')]).toString('latin1');
    const file = await open(database({ key: undefined, meta: ['scheduledCompactRev', scheduled] }), true);
    expect(await file.head()).toMatchObject({ compactRevision: 11 });
  });

  it('is refused where a change is none', async () => {
    await expect(storeFrom(database({ key: ['abc', 'x'], meta: undefined }), { skipHashCheck: true })).rejects.toThrow(
      '"616263" is no revision',
    );
  });
});
