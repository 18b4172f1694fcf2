import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileExistsError, FileNotReadableError, openForReading, writeNewFile } from './backup-file.driver.ts';

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    if (text === 'broken') throw new Error('the stream ended early');
    yield Buffer.from(text);
  }
}

describe('the file of a backup', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-backup-file-'));
    path = join(folder, 'backup.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is the owner’s alone, and can be read at any position', async () => {
    await writeNewFile(path, chunks('hello ', 'world'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['backup.db']);
    const file = await openForReading(path);
    expect(file.size).toBe(11);
    expect(Buffer.from(await file.read(6, 100)).toString()).toBe('world');
    expect(await file.read(20, 5)).toHaveLength(0);
    await file.close();
  });

  it('never replaces another', async () => {
    await writeFile(path, 'mine');
    await expect(writeNewFile(path, chunks('yours'))).rejects.toThrow(FileExistsError);
    expect(await readFile(path, 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['backup.db']);
  });

  it('is not there when the stream broke off', async () => {
    await expect(writeNewFile(path, chunks('half', 'broken'))).rejects.toThrow('the stream ended early');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is told from one that is not there', async () => {
    await expect(openForReading(path)).rejects.toThrow(FileNotReadableError);
  });
});
