import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import { votersOnly } from '@orrery/raft';
import { MemoryDisk, MemoryLogger, SeededRandom } from '@orrery/runtime';
import { writeVersion1Segment } from '../testing/version-1-segment.ts';
import { type DataFolder, openDataFolder } from './open-data-folder.ts';
import { DataFolderNotEmptyError, seedDataFolder } from './seed-data-folder.ts';

const firstConfiguration = votersOnly(['storage-1', 'storage-2', 'storage-3']);
const owner = { cluster: 'test', member: 'storage-1', folder: '/data' };

interface Options {
  readonly owner?: typeof owner;
  readonly join?: boolean;
  readonly restored?: Uint8Array[];
}

function open(disk: MemoryDisk, options: Options = {}): Promise<DataFolder> {
  return openDataFolder({
    disk,
    random: new SeededRandom(1),
    logger: new MemoryLogger(),
    owner: options.owner ?? owner,
    wal: { allocateBytes: 0 },
    firstConfiguration: options.join ? undefined : firstConfiguration,
    restore: async (chunks) => {
      for await (const chunk of chunks) options.restored?.push(chunk);
    },
  });
}

const entry = (index: number, term = 1): raftv1.Entry => ({
  index,
  term,
  type: raftv1.Entry_Type.TYPE_NORMAL,
  data: new Uint8Array([index]),
});

/** All files and what is in them. */
async function everything(disk: MemoryDisk): Promise<unknown[]> {
  const files = [];
  for (const folder of ['', 'log', 'wal', 'snapshots']) {
    for (const name of await disk.list(folder)) files.push([folder, name, await disk.readFile(`${folder}/${name}`)]);
  }
  return files;
}

describe('a data folder', () => {
  it('begins with the first members, and keeps them whatever is configured later', async () => {
    const disk = new MemoryDisk();
    const { wal, recovered } = await open(disk);
    expect(recovered).toMatchObject({ firstConfiguration, entries: [], hardState: undefined });
    await wal.append({ entries: [entry(1)] });
    await wal.close();
    const again = await open(disk, { join: true });
    expect(again.recovered).toMatchObject({ firstConfiguration, entries: [entry(1)] });
  });

  it('of a member that joins knows no members, also after a restart', async () => {
    const disk = new MemoryDisk();
    const { wal, recovered } = await open(disk, { join: true });
    expect(recovered.firstConfiguration).toBeUndefined();
    await wal.close();
    expect((await open(disk, { join: false })).recovered.firstConfiguration).toBeUndefined();
  });

  it.each([
    [
      'of another cluster',
      { ...owner, cluster: 'other' },
      'belongs to storage-1 of cluster test, this is storage-1 of cluster other',
    ],
    [
      'of another member',
      { ...owner, member: 'storage-9' },
      'belongs to storage-1 of cluster test, this is storage-9 of cluster test',
    ],
  ])('%s is refused and not touched', async (_, other, message) => {
    const disk = new MemoryDisk();
    await (await open(disk)).wal.close();
    const before = await everything(disk);
    await expect(open(disk, { owner: other })).rejects.toThrow(message);
    expect(await everything(disk)).toEqual(before);
  });

  it.each([
    [
      'of a newer release',
      '{"format":"orrery-storage","version":3}',
      'has format version 3, this release supports version 2',
    ],
    ['that cannot be understood', '{"format', 'has format version unknown'],
  ])('%s is refused and not touched', async (_, format, message) => {
    const disk = new MemoryDisk();
    await (await open(disk)).wal.close();
    await disk.writeFile('format.json', Buffer.from(format));
    const before = await everything(disk);
    await expect(open(disk)).rejects.toThrow(message);
    expect(await everything(disk)).toEqual(before);
  });

  it('that has lost its log is refused: what the member promised would be forgotten', async () => {
    const disk = new MemoryDisk();
    await (await open(disk)).wal.close();
    await disk.remove('log');
    await expect(open(disk)).rejects.toMatchObject({ name: 'WalCorruptedError', reason: 'the log is missing' });
  });

  it('is begun again where the power went while it was begun', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const disk = new MemoryDisk();
      const opening = open(disk).catch(() => undefined);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      disk.crash({ tornTail: new SeededRandom(turns) });
      await opening;
      const { wal, recovered } = await open(disk);
      expect(recovered.firstConfiguration).toEqual(firstConfiguration);
      await wal.close();
    }
  });
});

describe('a data folder of format version 1', () => {
  const old = async (): Promise<MemoryDisk> => {
    const disk = new MemoryDisk();
    await disk.writeFile('format.json', Buffer.from('{"format":"orrery-storage","version":1}\n'));
    const hardState = { term: 2, vote: 'storage-1', commit: 3 };
    await writeVersion1Segment(disk, 1, [entry(1), entry(2), entry(3), hardState]);
    await writeVersion1Segment(disk, 2, [hardState, entry(3, 2), entry(4, 2), { ...hardState, commit: 4 }]);
    return disk;
  };
  const recovered = {
    firstConfiguration,
    entries: [entry(1), entry(2), entry(3, 2), entry(4, 2)],
    hardState: { term: 2, vote: 'storage-1', commit: 4 },
  };

  it('is upgraded, once', async () => {
    const disk = await old();
    const first = await open(disk);
    expect(first.recovered).toMatchObject(recovered);
    await first.wal.close();
    expect(await disk.list('')).toEqual(['format.json', 'log']);
    expect((await open(disk)).recovered).toMatchObject(recovered);
  });

  it('is upgraded wherever the power goes meanwhile', async () => {
    for (let turns = 0; turns < 120; turns += 3) {
      const disk = await old();
      const opening = open(disk).catch(() => undefined);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      disk.crash({ tornTail: new SeededRandom(turns) });
      await opening;
      expect((await open(disk)).recovered).toMatchObject(recovered);
    }
  });

  it('that is damaged is refused and not touched', async () => {
    const disk = await old();
    disk.damage('wal/0000000000000001.wal', 12);
    await expect(open(disk)).rejects.toMatchObject({
      name: 'Version1LogDamagedError',
      path: 'wal/0000000000000001.wal',
      offset: 0,
    });
    expect(await disk.list('wal')).toHaveLength(2);
    expect(Buffer.from((await disk.readFile('format.json')) ?? []).toString()).toContain('"version":1');
  });
});

describe('a data folder made from a backup', () => {
  const seed = {
    identity: { cluster: 'test', member: 'storage-1', salt: 5 },
    point: { index: 10, term: 1, configuration: votersOnly(['storage-1']) },
    chunks: [new Uint8Array([1, 2, 3])],
  };

  it('restores the state and goes on behind it', async () => {
    const disk = new MemoryDisk();
    await seedDataFolder(disk, new MemoryLogger(), seed);
    const restored: Uint8Array[] = [];
    const { wal, snapshot, recovered } = await open(disk, { restored });
    expect(Buffer.concat(restored)).toEqual(Buffer.from([1, 2, 3]));
    expect(snapshot).toMatchObject(seed.point);
    expect(recovered.hardState).toEqual({ term: 1, vote: '', commit: 10 });
    await wal.append({ entries: [entry(11)] });
    expect((await open(disk)).recovered.entries).toEqual([entry(11)]);
  });

  it('is not made where there is something', async () => {
    const disk = new MemoryDisk();
    await disk.writeFile('x', new Uint8Array(1));
    await expect(seedDataFolder(disk, new MemoryLogger(), seed)).rejects.toBeInstanceOf(DataFolderNotEmptyError);
  });
});
