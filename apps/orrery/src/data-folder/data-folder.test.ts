import { describe, expect, it } from '@jest/globals';
import { MemoryDisk } from '@orrery/runtime';
import { claimDataFolder, DataFolderVersionError } from './data-folder.ts';

describe('the data folder', () => {
  it('is claimed once and found again', async () => {
    const disk = new MemoryDisk();
    await claimDataFolder(disk, '/data');
    await expect(claimDataFolder(disk, '/data')).resolves.toBeUndefined();
  });

  it.each([
    ['{"format": 2}', '2'],
    ['{}', '"{}"'],
    ['not json', '"not json"'],
  ])('is refused when it says %s, naming what was found and what to do', async (content, found) => {
    const disk = new MemoryDisk();
    await disk.writeFile('orrery.json', Buffer.from(content));
    const claim = claimDataFolder(disk, '/data');
    await expect(claim).rejects.toThrow(DataFolderVersionError);
    await expect(claim).rejects.toThrow(
      `the data folder /data has format ${found}; this version of orrery reads format 1. Start the version that wrote it, ` +
        'name another folder with --data, or remove the folder to begin anew',
    );
  });
});
