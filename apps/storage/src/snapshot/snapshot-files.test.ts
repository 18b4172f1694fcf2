import { describe, expect, it } from '@jest/globals';
import type { raftv1 } from '@orrery/proto';
import { MemoryDisk, MemoryLogger, SeededRandom } from '@orrery/runtime';
import { checksum } from '../wal/checksum.ts';
import { SnapshotDamagedError } from './snapshot-errors.ts';
import { SnapshotFiles } from './snapshot-files.ts';

const open = (disk: MemoryDisk, cluster = 'test'): SnapshotFiles =>
  new SnapshotFiles(disk, cluster, new MemoryLogger());
const point = (index: number) => ({
  index,
  term: 3,
  configuration: { voters: ['storage-1'], learners: ['storage-2'] },
});
const content = (size: number): Uint8Array[] => [
  new Uint8Array(size).fill(1),
  new Uint8Array(0),
  new Uint8Array(10).fill(2),
];
const pathOf = (index: number): string => `snapshots/${String(index).padStart(16, '0')}-0000000003.snapshot`;

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** Sends a snapshot from one folder to another in parts, as the leader does. */
async function send(
  from: SnapshotFiles,
  to: SnapshotFiles,
  meta: raftv1.SnapshotMeta,
  partBytes: number,
): Promise<void> {
  for (let offset = 0; offset < meta.bytes; ) {
    const data = await from.readPart(meta, offset, partBytes);
    if (data === undefined) throw new Error('the snapshot is gone');
    await to.receivePart(offset, data);
    offset += data.length;
  }
}

describe('snapshot files', () => {
  it('give back what was written, larger than what is read at once', async () => {
    const disk = new MemoryDisk();
    const meta = await open(disk).write(point(7), content(3_000_000));
    const files = open(disk);
    expect((await files.open()).found).toEqual([meta]);
    expect(meta).toMatchObject(point(7));
    expect((await bytesOf(files.read(meta))).equals(Buffer.concat(content(3_000_000)))).toBe(true);
    expect(disk.bytesUsed).toBe(4096 + meta.bytes);
  });

  it('are the newest two, and the one that is being sent', async () => {
    const disk = new MemoryDisk();
    const files = open(disk);
    const metas: raftv1.SnapshotMeta[] = [];
    for (const index of [1, 2, 3]) metas.push(await files.write(point(index), content(100)));
    const [first] = metas as [raftv1.SnapshotMeta];
    await files.readPart(first, 0, 10);
    expect((await files.prune()).map(({ index }) => index)).toEqual([3, 2]);
    expect((await files.open()).found.map(({ index }) => index)).toEqual([3, 2, 1]);
    expect((await files.readPart(first, 10, first.bytes))?.length).toBe(first.bytes - 10);
    await files.prune();
    expect((await files.open()).found.map(({ index }) => index)).toEqual([3, 2]);
    expect(await files.readPart(first, 0, 10)).toBeUndefined();
    await files.close();
  });

  it('are not there before they are whole: neither after a crash nor on a full disk', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = new MemoryDisk();
      const files = open(disk);
      const kept = await files.write(point(1), content(100));
      const random = new SeededRandom(seed);
      const writing = files.write(point(2), content(2_000)).then(
        () => true,
        () => false,
      );
      for (let turns = random.integer(60); turns > 0; turns--) await Promise.resolve();
      disk.crash({ tornTail: random });
      const isWritten = await writing;
      const { found, unreadable } = await open(disk).open();
      expect(found.map(({ index }) => index)).toEqual(isWritten || found.length === 2 ? [2, 1] : [1]);
      expect(unreadable).toEqual([]);
      for (const meta of found) await bytesOf(open(disk).read(meta));
      expect(await disk.list('snapshots')).toHaveLength(found.length);
      expect(kept.index).toBe(1);
    }
    const disk = new MemoryDisk();
    disk.fillUp(6_000);
    await expect(open(disk).write(point(1), content(10_000))).rejects.toMatchObject({ name: 'DiskFullError' });
    expect(await disk.list('snapshots')).toEqual([]);
  });

  it('tell damage at any byte', async () => {
    const original = new MemoryDisk();
    const meta = await open(original).write(point(7), content(300));
    const bytes = (await original.readFile(pathOf(7))) ?? new Uint8Array(0);
    for (let at = 0; at < bytes.length; at += at < 100 || at >= 4096 ? 1 : 500) {
      const disk = new MemoryDisk();
      await disk.writeFile(pathOf(7), bytes);
      disk.damage(pathOf(7), at);
      const { found, unreadable } = await open(disk).open();
      if (at < 4096) expect([found, unreadable]).toEqual([[], [pathOf(7)]]);
      else await expect(bytesOf(open(disk).read(meta))).rejects.toBeInstanceOf(SnapshotDamagedError);
    }
    for (const size of [4096, bytes.length - 8, bytes.length - 1]) {
      const cut = new MemoryDisk();
      await cut.writeFile(pathOf(7), bytes.slice(0, size));
      await expect(bytesOf(open(cut).read(meta))).rejects.toBeInstanceOf(SnapshotDamagedError);
    }
  });

  it('travel to another member in parts of any size', async () => {
    for (const partBytes of [7, 100, 5_000, 1_000_000]) {
      const [here, there] = [new MemoryDisk(), new MemoryDisk()];
      const [from, to] = [open(here), open(there)];
      const meta = await from.write(point(7), content(2_000));
      await send(from, to, meta, partBytes);
      await to.finishReceiving(meta);
      expect(await bytesOf(to.read(meta))).toEqual(Buffer.concat(content(2_000)));
      expect(await there.readFile(pathOf(7))).toEqual(await here.readFile(pathOf(7)));
    }
  });

  it('are read for several members at once, while others are removed', async () => {
    const disk = new MemoryDisk();
    const files = open(disk);
    const metas: raftv1.SnapshotMeta[] = [];
    for (const index of [1, 2, 3]) metas.push(await files.write(point(index), content(300)));
    const reads = metas.flatMap((meta) => [0, 50, 100].map((offset) => files.readPart(meta, offset, 50)));
    const pruned = files.prune();
    const bytes = await disk.readFile(pathOf(3));
    expect((await Promise.all(reads)).slice(-3)).toEqual([0, 50, 100].map((at) => bytes?.slice(4096 + at, 4146 + at)));
    await pruned;
    await files.close();
    expect(await disk.list('snapshots')).toHaveLength(2);
  });

  it('do not take in what was damaged on the way or is not whole, and can be sent again', async () => {
    const [here, there] = [new MemoryDisk(), new MemoryDisk()];
    const [from, to] = [open(here), open(there)];
    const meta = await from.write(point(7), content(2_000));
    await send(from, to, meta, 100);
    there.damage('snapshots/receiving.part', 5_000);
    await expect(to.finishReceiving(meta)).rejects.toBeInstanceOf(SnapshotDamagedError);
    await to.dropReceived();
    await to.receivePart(0, new Uint8Array(10));
    await expect(to.receivePart(20, new Uint8Array(10))).rejects.toBeInstanceOf(SnapshotDamagedError);
    await expect(to.finishReceiving(meta)).rejects.toBeInstanceOf(SnapshotDamagedError);
    await send(from, to, meta, 100);
    await to.finishReceiving(meta);
    expect((await to.open()).found).toEqual([meta]);
  });

  it('of a newer release are refused, not thrown away', async () => {
    const disk = new MemoryDisk();
    await open(disk).write(point(7), content(10));
    const bytes = Buffer.from((await disk.readFile(pathOf(7))) ?? []);
    bytes.writeUInt32LE(3, 16);
    bytes.writeUInt32LE(checksum(bytes.subarray(16, 4096)), 12);
    await disk.writeFile(pathOf(7), bytes);
    await expect(open(disk).open()).rejects.toMatchObject({ name: 'SnapshotVersionError', found: 3 });
    expect(await disk.list('snapshots')).toHaveLength(1);
  });

  it('of another cluster are not taken', async () => {
    const disk = new MemoryDisk();
    await open(disk, 'theirs').write(point(7), content(10));
    expect((await open(disk, 'ours').open()).found).toEqual([]);
  });
});
