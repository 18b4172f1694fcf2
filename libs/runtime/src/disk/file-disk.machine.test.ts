import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DiskFile } from './disk.ts';
import { FileDisk } from './file-disk.ts';

const MIB = 1024 * 1024;

describe('FileDisk on a device of 4 MiB', () => {
  let folder: string;
  let file: DiskFile;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-small-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    file = await new FileDisk(folder).open('log/one');
  });
  afterEach(async () => {
    await file.close();
    execFileSync('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  it('keeps what it has when a write finds no space, and goes on when there is some', async () => {
    const disk = new FileDisk(folder);
    await file.writeDurably(0, Buffer.alloc(3 * MIB, 'a'));
    await expect(file.writeDurably(3 * MIB, Buffer.alloc(2 * MIB, 'b'))).rejects.toMatchObject({
      name: 'DiskFullError',
    });
    expect(file.size).toBe(3 * MIB);
    await expect(file.append(Buffer.alloc(2 * MIB, 'b'))).rejects.toMatchObject({ name: 'DiskFullError' });
    await expect(file.allocate(6 * MIB)).rejects.toMatchObject({ name: 'DiskFullError' });
    await expect(disk.writeFile('log/two', Buffer.alloc(2 * MIB))).rejects.toMatchObject({ name: 'DiskFullError' });
    expect(file.size).toBe(3 * MIB);
    expect(await disk.list('log')).toEqual(['one']);
    expect((await disk.readFile('log/one'))?.length).toBe(3 * MIB);
    await file.writeDurably(3 * MIB, Buffer.from('c'));
    expect(Buffer.from(await file.read(3 * MIB - 1, 9)).toString()).toBe('ac');
  });

  it('can write into what was allocated though the device is full', async () => {
    const disk = new FileDisk(folder);
    await file.allocate(2 * MIB);
    await expect(disk.writeFile('filler', Buffer.alloc(4 * MIB))).rejects.toMatchObject({ name: 'DiskFullError' });
    const filler = await disk.open('filler');
    await filler.append(Buffer.alloc(2 * MIB - 128 * 1024));
    await expect(filler.append(Buffer.alloc(MIB))).rejects.toMatchObject({ name: 'DiskFullError' });
    await file.writeDurably(0, Buffer.alloc(2 * MIB, 'x'));
    expect(file.size).toBe(2 * MIB);
    await filler.close();
  });
});
