import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { MemoryDisk, MemoryLogger } from '@orrery/runtime';
import { crc32c } from './crc32c.ts';
import { WalCorruptedError, WriteAheadLog } from './write-ahead-log.ts';

const entry = (index: number, term = 1, text = `entry ${index}`): raftv1.Entry => ({
  index,
  term,
  type: raftv1.Entry_Type.TYPE_NORMAL,
  data: new TextEncoder().encode(text),
});
const hardState = (term: number): raftv1.HardState => ({ term, vote: 'a', commit: 0 });
const open = (disk: MemoryDisk, segmentBytesMax?: number) =>
  WriteAheadLog.open(disk, new MemoryLogger(), segmentBytesMax === undefined ? {} : { segmentBytesMax });
const FIRST = 'wal/0000000000000001.wal';

describe('the write-ahead log', () => {
  it('computes CRC-32C', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it('gives back what was written, over many segments', async () => {
    const disk = new MemoryDisk();
    const { wal } = await open(disk, 200);
    for (let index = 1; index <= 40; index++) await wal.append(hardState(index), [entry(index, index)]);
    expect((await disk.list('wal')).length).toBeGreaterThan(3);
    const { recovered } = await open(disk);
    expect(recovered.hardState).toEqual(hardState(40));
    expect(recovered.entries.map(({ index, term }) => [index, term])).toEqual(
      Array.from({ length: 40 }, (_, at) => [at + 1, at + 1]),
    );
  });

  it('lets a later entry void the ones from its index on', async () => {
    const disk = new MemoryDisk();
    const { wal } = await open(disk);
    await wal.append(hardState(1), [entry(1), entry(2), entry(3)]);
    await wal.append(hardState(2), [entry(2, 2)]);
    const { recovered } = await open(disk);
    expect(recovered.entries.map(({ index, term }) => [index, term])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('cuts a write that was torn at any byte, and goes on behind it', async () => {
    const disk = new MemoryDisk();
    const { wal } = await open(disk);
    await wal.append(hardState(1), [entry(1)]);
    const whole = (await disk.readFile(FIRST))?.length ?? 0;
    await wal.append(undefined, [entry(2)]);
    const bytes = (await disk.readFile(FIRST)) ?? new Uint8Array(0);
    for (let size = whole; size < bytes.length; size++) {
      const torn = new MemoryDisk();
      await torn.writeFile(FIRST, bytes.slice(0, size));
      const { wal: next, recovered } = await open(torn);
      expect(recovered.entries).toEqual([entry(1)]);
      await next.append(undefined, [entry(2, 3)]);
      expect((await open(torn)).recovered.entries).toEqual([entry(1), entry(2, 3)]);
    }
  });

  it('can be used further after a full disk', async () => {
    const disk = new MemoryDisk();
    const { wal } = await open(disk);
    await wal.append(hardState(1), [entry(1)]);
    disk.fillUp(0);
    await expect(wal.append(undefined, [entry(2)])).rejects.toThrow('no space left');
    disk.freeUp();
    await wal.append(undefined, [entry(2, 2)]);
    expect((await open(disk)).recovered.entries).toEqual([entry(1), entry(2, 2)]);
  });

  it('does not start on a segment that is damaged in the middle of the log', async () => {
    const disk = new MemoryDisk();
    const { wal } = await open(disk, 50);
    for (let index = 1; index <= 4; index++) await wal.append(hardState(1), [entry(index)]);
    const bytes = (await disk.readFile(FIRST)) ?? new Uint8Array(0);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await disk.writeFile(FIRST, bytes);
    await expect(open(disk)).rejects.toBeInstanceOf(WalCorruptedError);
  });
});
