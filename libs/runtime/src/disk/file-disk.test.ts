import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeDisk } from './disk.contract.ts';
import { FileDisk } from './file-disk.ts';

const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'orrery-disk-'));

describeDisk('FileDisk', async () => {
  const folder = await makeFolder();
  return { disk: new FileDisk(folder), destroy: () => rm(folder, { recursive: true }) };
});

describe('FileDisk', () => {
  it('keeps what it writes from other users, and hides what a crash left half written', async () => {
    const folder = await makeFolder();
    const disk = new FileDisk(folder);
    await disk.writeFile('secret', Buffer.from('x'));
    expect((await stat(join(folder, 'secret'))).mode & 0o077).toBe(0);
    await writeFile(join(folder, 'secret.7.tmp~'), 'half');
    expect(await disk.list('')).toEqual(['secret']);
    await rm(folder, { recursive: true });
  });

  it('closes a file only when what is being written to it is written', async () => {
    const folder = await makeFolder();
    const file = await new FileDisk(folder).open('log');
    await file.writeDurably(0, Buffer.from('b'));
    const writing = file.writeDurably(0, Buffer.alloc(1_000_000, 'a'));
    await file.close();
    await writing;
    await expect(file.writeDurably(0, Buffer.from('b'))).rejects.toThrow('is closed');
    expect((await stat(join(folder, 'log'))).size).toBe(1_000_000);
    await rm(folder, { recursive: true });
  });

  it('says that the device is full', async () => {
    const full = new FileDisk('/dev');
    const file = await full.open('full');
    await expect(file.append(Buffer.from('x'))).rejects.toMatchObject({ name: 'DiskFullError' });
    await file.close();
  });
});
