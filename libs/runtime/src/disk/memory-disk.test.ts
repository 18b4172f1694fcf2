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

  it('can leave a torn tail: a damaged part of what was not synced', async () => {
    const tails = new Set<number>();
    for (let seed = 0; seed < 50; seed += 1) {
      const disk = new MemoryDisk();
      const file = await disk.open('log');
      await file.append(Buffer.from('safe'));
      await file.sync();
      await file.append(Buffer.from('torn'));
      disk.crash({ tornTail: new SeededRandom(seed) });
      const left = await text(disk, 'log');
      expect(left.startsWith('safe')).toBe(true);
      expect(left).not.toBe('safetorn');
      tails.add(Buffer.from((await disk.readFile('log')) ?? []).length);
    }
    expect([...tails].sort()).toEqual([4, 5, 6, 7, 8]);
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
    disk.freeUp();
    await file.append(Buffer.from('4'));
    expect(await text(disk, 'log')).toBe('1234');
  });
});
