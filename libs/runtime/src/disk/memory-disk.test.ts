import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '../random/seeded-random.ts';
import { describeDisk } from './disk.contract.ts';
import { DiskFullError } from './disk.ts';
import { MemoryDisk } from './memory-disk.ts';

describeDisk('MemoryDisk', async () => ({ disk: new MemoryDisk(), destroy: async () => undefined }));

const text = async (disk: MemoryDisk, path: string): Promise<string> =>
  Buffer.from((await disk.readFile(path)) ?? []).toString();

describe('MemoryDisk', () => {
  it('loses in a crash what was not synced, and nothing else', async () => {
    const disk = new MemoryDisk();
    const file = await disk.open('log');
    await file.append(Buffer.from('safe'));
    await file.sync();
    await file.append(Buffer.from('lost'));
    await disk.writeFile('whole', Buffer.from('kept'));
    disk.crash();
    expect(await text(disk, 'log')).toBe('safe');
    expect(await text(disk, 'whole')).toBe('kept');
    await expect(file.append(Buffer.from('x'))).rejects.toThrow('crashed');
  });

  it('can leave any sector of what was not synced new, old or half and half, and never touches what was', async () => {
    const fates = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const disk = new MemoryDisk();
      const file = await disk.open('log');
      await file.writeDurably(0, Buffer.alloc(512, 's'));
      await file.allocate(4 * 512);
      const open = file.writeDurably(512, Buffer.alloc(2 * 512, 'n'));
      disk.crash({ tornTail: new SeededRandom(seed) });
      await expect(open).rejects.toThrow('crashed');
      const left = await text(disk, 'log');
      expect(left).toHaveLength(4 * 512);
      expect(left.startsWith('s'.repeat(512))).toBe(true);
      expect(left.slice(3 * 512)).toBe('\0'.repeat(512));
      fates.add([left.slice(512, 1024), left.slice(1024, 1536)].map(fateOf).join());
    }
    const each = ['new', 'old', 'half'];
    expect([...fates].sort()).toEqual(each.flatMap((one) => each.map((other) => `${one},${other}`)).sort());
  });

  it('can undo a cut that was not synced', async () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 50; seed++) {
      const disk = new MemoryDisk();
      const file = await disk.open('log');
      await file.writeDurably(0, Buffer.from('abcd'));
      await file.truncate(1);
      disk.crash({ tornTail: new SeededRandom(seed) });
      lengths.add((await text(disk, 'log')).length);
    }
    expect([...lengths].sort()).toEqual([1, 2, 3, 4]);
  });

  it('fails every write and sync once it is broken', async () => {
    const disk = new MemoryDisk();
    const file = await disk.open('log');
    await file.append(Buffer.from('a'));
    disk.breakDown();
    for (const write of [file.append(Buffer.from('b')), file.writeDurably(0, Buffer.from('b')), file.sync()]) {
      await expect(write).rejects.toMatchObject({ code: 'EIO' });
    }
    await expect(disk.writeFile('other', Buffer.from('b'))).rejects.toMatchObject({ code: 'EIO' });
    expect(await text(disk, 'log')).toBe('a');
  });

  it('rots where it is told to', async () => {
    const disk = new MemoryDisk();
    await disk.writeFile('f', Buffer.from('abc'));
    disk.damage('f', 1, 0x20);
    expect(await text(disk, 'f')).toBe('aBc');
    expect(disk.bytesUsed).toBe(3);
  });

  it('refuses to write when full, and keeps what it has', async () => {
    const disk = new MemoryDisk();
    const file = await disk.open('log');
    await file.append(Buffer.from('1'));
    disk.fillUp(2);
    await file.append(Buffer.from('23'));
    await expect(file.append(Buffer.from('4'))).rejects.toBeInstanceOf(DiskFullError);
    await expect(disk.writeFile('other', Buffer.from('5'))).rejects.toBeInstanceOf(DiskFullError);
    expect(file.size).toBe(3);
    await expect(file.allocate(4)).rejects.toBeInstanceOf(DiskFullError);
    await file.writeDurably(1, Buffer.from('23'));
    disk.freeUp();
    await file.append(Buffer.from('4'));
    expect(await text(disk, 'log')).toBe('1234');
  });
});

function fateOf(sector: string): string {
  if (sector === 'n'.repeat(512)) return 'new';
  return sector === '\0'.repeat(512) ? 'old' : 'half';
}
