import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { type Disk, MemoryDisk, MemoryLogger } from '@orrery/runtime';
import type { DataIdentity } from '../data-folder/data-identity.ts';
import { WalCorruptedError, WalGapError } from './wal-errors.ts';
import { type Recovered, type WalOptions, WriteAheadLog } from './write-ahead-log.ts';

const identity: DataIdentity = { cluster: 'test', member: 'storage-1', salt: 7 };
const FIRST = 'log/0000000000000001.wal';
const SECOND = 'log/0000000000000002.wal';

const open = (disk: Disk, options: Partial<WalOptions> = {}): Promise<{ wal: WriteAheadLog; recovered: Recovered }> =>
  WriteAheadLog.open(disk, new MemoryLogger(), { identity, allocateBytes: 0, ...options });

const entry = (index: number, term = 1, size = 3): raftv1.Entry => ({
  index,
  term,
  type: raftv1.Entry_Type.TYPE_NORMAL,
  data: new Uint8Array(size).fill(index),
});
const hardState = (term: number, commit = 0): raftv1.HardState => ({ term, vote: 'storage-1', commit });
const points = ({ entries }: Recovered): number[][] => entries.map(({ index, term }) => [index, term]);

/** A log of `count` writes of one entry each, one sector each. */
async function logOf(count: number, options: Partial<WalOptions> = {}): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { wal } = await open(disk, options);
  for (let index = 1; index <= count; index++) await wal.append({ hardState: hardState(1), entries: [entry(index)] });
  return disk;
}

describe('the write-ahead log', () => {
  it('is empty on an empty disk', async () => {
    const { wal, recovered } = await open(new MemoryDisk());
    expect(recovered).toMatchObject({ hardState: undefined, firstConfiguration: undefined, entries: [] });
    expect(wal.isEmpty).toBe(true);
    await wal.close();
  });

  it('finds what was written, through many segments', async () => {
    const disk = new MemoryDisk();
    const configuration = { voters: ['storage-1'], learners: [] };
    const { wal } = await open(disk, { segmentBytesMax: 4096 });
    await wal.append({ firstConfiguration: configuration });
    for (let index = 1; index <= 40; index++) {
      await wal.append({ hardState: hardState(index), entries: [entry(index, index)] });
    }
    await wal.close();
    expect((await disk.list('log')).length).toBeGreaterThan(5);
    const { recovered } = await open(disk, { segmentBytesMax: 4096 });
    expect(recovered.hardState).toEqual(hardState(40));
    expect(recovered.firstConfiguration).toEqual(configuration);
    expect(recovered.entries).toEqual(Array.from({ length: 40 }, (_, at) => entry(at + 1, at + 1)));
  });

  it('takes space ahead of the writes, and finds its end in it', async () => {
    const disk = new MemoryDisk();
    const options = { allocateBytes: 64 * 1024, segmentBytesMax: 256 * 1024 };
    const { wal } = await open(disk, options);
    for (let index = 1; index <= 200; index++) await wal.append({ entries: [entry(index, 1, 1_500)] });
    expect((await disk.list('log')).length).toBe(2);
    expect((await disk.readFile(FIRST))?.length).toBe(256 * 1024);
    expect(wal.bytesOnDisk).toBe(disk.bytesUsed);
    const { wal: next, recovered } = await open(disk, options);
    expect(recovered.entries).toHaveLength(200);
    await next.append({ entries: [entry(201)] });
    expect((await open(disk, options)).recovered.entries).toHaveLength(201);
  });

  it('lets a later entry void the ones from its index on', async () => {
    const disk = await logOf(3);
    const { wal } = await open(disk);
    await wal.append({ hardState: hardState(2), entries: [entry(2, 2)] });
    expect(points((await open(disk)).recovered)).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('refuses a second write before the first has returned', async () => {
    const { wal } = await open(new MemoryDisk());
    const first = wal.append({ entries: [entry(1)] });
    expect(() => wal.append({ entries: [entry(2)] })).toThrow('two writes');
    await first;
  });

  it('can be used further after a full disk, and knows nothing of the refused write', async () => {
    const disk = await logOf(1);
    const { wal } = await open(disk);
    disk.fillUp(100);
    await expect(wal.append({ entries: [entry(2)] })).rejects.toMatchObject({ name: 'DiskFullError' });
    disk.freeUp();
    await wal.append({ entries: [entry(2, 2)] });
    expect((await open(disk)).recovered.entries).toEqual([entry(1), entry(2, 2)]);
  });

  it('says in a new segment what came before, also where the disk was full when it was begun', async () => {
    const disk = await logOf(3, { segmentBytesMax: 2048 });
    const { wal } = await open(disk, { segmentBytesMax: 2048 });
    disk.fillUp(600);
    await expect(wal.append({ entries: [entry(4)] })).rejects.toMatchObject({ name: 'DiskFullError' });
    expect(await disk.list('log')).toHaveLength(2);
    await wal.discardTo(3);
    expect(await disk.list('log')).toHaveLength(2);
    disk.freeUp();
    const { wal: next } = await open(disk, { segmentBytesMax: 2048 });
    await next.append({ entries: [entry(4)] });
    await next.discardTo(3);
    expect(await disk.list('log')).toHaveLength(1);
    const { recovered } = await open(disk, { segmentBytesMax: 2048, snapshot: { index: 3, term: 1 } });
    expect(recovered).toMatchObject({ hardState: hardState(1), entries: [entry(4)] });
  });

  it('takes no more writes once one has failed in a way that leaves open what is on disk', async () => {
    const disk = await logOf(1);
    const { wal } = await open(failingWrites(disk));
    await expect(wal.append({ entries: [entry(2)] })).rejects.toThrow('EIO');
    await expect(wal.append({ entries: [entry(2)] })).rejects.toThrow('EIO');
    await wal.close();
  });
});

describe('the write-ahead log beside snapshots', () => {
  const small = { segmentBytesMax: 4096 };

  it('gives only what is behind the snapshot, and removes segments that nobody needs', async () => {
    const disk = await logOf(60, small);
    const { wal, recovered } = await open(disk, { ...small, snapshot: { index: 30, term: 1 } });
    expect(recovered.entries[0]?.index).toBe(31);
    const before = wal.bytesOnDisk;
    await wal.discardTo(30);
    expect(wal.bytesOnDisk).toBeLessThan(before);
    expect(wal.bytesOnDisk).toBe(disk.bytesUsed);
    const again = await open(disk, { ...small, snapshot: { index: 30, term: 1 } });
    expect(points(again.recovered)).toEqual(Array.from({ length: 30 }, (_, at) => [31 + at, 1]));
    expect(again.recovered.hardState).toEqual(hardState(1));
    await again.wal.discardTo(60);
    expect((await open(disk, { ...small, snapshot: { index: 60, term: 1 } })).recovered.entries).toEqual([]);
  });

  it('refuses to begin behind a gap', async () => {
    const disk = await logOf(60, small);
    await (await open(disk, { ...small, snapshot: { index: 50, term: 1 } })).wal.discardTo(50);
    await expect(open(disk, { ...small, snapshot: { index: 20, term: 1 } })).rejects.toBeInstanceOf(WalGapError);
    await expect(open(disk, small)).rejects.toBeInstanceOf(WalGapError);
    expect((await open(disk, { ...small, snapshot: { index: 50, term: 1 } })).recovered.entries).toHaveLength(10);
  });

  it('begins anew behind a snapshot that the log does not reach, or contradicts', async () => {
    for (const snapshot of [
      { index: 9, term: 1 },
      { index: 3, term: 2 },
    ]) {
      const disk = await logOf(5);
      const { wal, recovered } = await open(disk, { snapshot });
      expect(recovered.entries).toEqual([]);
      expect(recovered.hardState).toEqual(hardState(1));
      await wal.append({ entries: [entry(snapshot.index + 1, 3)] });
      expect(points((await open(disk, { snapshot })).recovered)).toEqual([[snapshot.index + 1, 3]]);
    }
  });

  it('knows after a restart behind a snapshot which entries are void', async () => {
    const disk = await logOf(5);
    const { wal } = await open(disk);
    await wal.append({ restartAfter: { index: 20, term: 4 }, hardState: hardState(4, 20) });
    await wal.append({ entries: [entry(21, 4)] });
    const { recovered } = await open(disk, { snapshot: { index: 20, term: 4 } });
    expect(points(recovered)).toEqual([[21, 4]]);
    await expect(open(disk, { snapshot: { index: 5, term: 1 } })).rejects.toBeInstanceOf(WalGapError);
  });

  it('does not start with a snapshot and no log: what the member promised would be forgotten', async () => {
    await expect(open(new MemoryDisk(), { snapshot: { index: 5, term: 1 } })).rejects.toThrow('the log is missing');
  });
});

describe('a damaged write-ahead log', () => {
  it('is cut where the last write was torn at any byte, and goes on there', async () => {
    const whole = (await (await logOf(1)).readFile(FIRST))?.length ?? 0;
    const bytes = (await (await logOf(2)).readFile(FIRST)) ?? new Uint8Array(0);
    const records = Buffer.from(bytes).readUInt32LE(whole + 16);
    for (let size = whole; size < whole + 32 + records; size++) {
      const torn = new MemoryDisk();
      await torn.writeFile(FIRST, bytes.slice(0, size));
      const { wal: next, recovered } = await open(torn);
      expect(recovered.entries).toEqual([entry(1)]);
      await next.append({ entries: [entry(2, 3)] });
      expect((await open(torn)).recovered.entries).toEqual([entry(1), entry(2, 3)]);
    }
  });

  it('is refused where any byte of any write but the last has changed, and nothing is touched', async () => {
    for (let at = 0; at < 4 * 512; at += 3) {
      const disk = await logOf(4);
      const sector = Math.floor(at / 512) * 512;
      const bytes = Buffer.from((await disk.readFile(FIRST)) ?? []);
      // Behind the records nothing counts up to the end of the sector.
      const used = sector === 0 ? 512 : 32 + bytes.readUInt32LE(sector + 16);
      disk.damage(FIRST, at);
      const before = await disk.readFile(FIRST);
      if (at - sector >= used) {
        expect((await open(disk)).recovered.entries).toHaveLength(4);
        continue;
      }
      const error = await open(disk).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(WalCorruptedError);
      expect(error).toMatchObject({ segment: FIRST, offset: sector });
      expect(String(error)).toContain(`${FIRST} at byte ${sector}`);
      expect(String(error)).toContain('etcdctl member add --learner');
      expect(await disk.readFile(FIRST)).toEqual(before);
    }
  });

  it('is refused where the last write has changed after the log was sealed', async () => {
    const disk = await logOf(3);
    const { wal } = await open(disk);
    await wal.append({ entries: [entry(4)] });
    await wal.seal();
    const sealed = await disk.readFile(FIRST);
    await wal.seal();
    expect(await disk.readFile(FIRST)).toEqual(sealed);
    disk.damage(FIRST, 4 * 512 + 40);
    await expect(open(disk)).rejects.toMatchObject({ segment: FIRST, offset: 4 * 512 });
    // Not sealed, the same damage could as well be a torn write, which nobody was told of.
    await truncate(disk, FIRST, 5 * 512);
    expect((await open(disk)).recovered.entries).toHaveLength(3);
  });

  it('is refused where a segment is missing, is of another log, or ends too early', async () => {
    const options = { segmentBytesMax: 4096 };
    const missing = await logOf(60, options);
    await missing.remove(SECOND);
    await expect(open(missing, options)).rejects.toMatchObject({ segment: SECOND, reason: 'the file is missing' });

    const foreign = await logOf(60, options);
    await expect(open(foreign, { ...options, identity: { ...identity, salt: 8 } })).rejects.toBeInstanceOf(
      WalCorruptedError,
    );

    const short = await logOf(60, options);
    await truncate(short, FIRST, 1024);
    await expect(open(short, options)).rejects.toMatchObject({ segment: FIRST, offset: 1024 });
  });
});

async function truncate(disk: MemoryDisk, path: string, size: number): Promise<void> {
  const file = await disk.open(path);
  await file.truncate(size);
  await file.sync();
}

/** A device whose writes fail with an input/output error. */
function failingWrites(disk: MemoryDisk): Disk {
  return {
    open: async (path) => {
      const file = await disk.open(path);
      return {
        get size() {
          return file.size;
        },
        append: (data) => file.append(data),
        writeDurably: () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' })),
        allocate: (size) => file.allocate(size),
        read: (offset, length) => file.read(offset, length),
        truncate: (size) => file.truncate(size),
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
    readFile: (path) => disk.readFile(path),
    writeFile: (path, data) => disk.writeFile(path, data),
    rename: (from, to) => disk.rename(from, to),
    list: (path) => disk.list(path),
    remove: (path) => disk.remove(path),
  };
}
