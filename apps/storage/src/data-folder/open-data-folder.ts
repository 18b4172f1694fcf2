import type { raftv1 } from '@orrery/proto';
import type { Disk, Logger, Random } from '@orrery/runtime';
import { SnapshotDamagedError } from '../snapshot/snapshot-errors.ts';
import { SnapshotFiles } from '../snapshot/snapshot-files.ts';
import { WalCorruptedError } from '../wal/wal-errors.ts';
import { segmentPath, WAL_FOLDER } from '../wal/wal-segment.ts';
import { type Recovered, type WalOptions, type WalWrite, WriteAheadLog } from '../wal/write-ahead-log.ts';
import { type FolderOwner, readDataFormat, writeDataFormat } from './data-format.ts';
import { type DataIdentity, incarnationOf } from './data-identity.ts';
import { readVersion1Log, VERSION_1_FOLDER } from './version-1-log.ts';

export interface DataFolder {
  readonly wal: WriteAheadLog;
  readonly snapshots: SnapshotFiles;
  readonly recovered: Recovered;
  /** The one that the state machine was restored from. */
  readonly snapshot: raftv1.SnapshotMeta | undefined;
  /** As Raft takes it: which life of the member the folder is, and whether that one joined. */
  readonly incarnation: number;
  readonly joined: boolean;
}

export interface DataFolderParts {
  readonly disk: Disk;
  readonly random: Random;
  readonly logger: Logger;
  readonly owner: FolderOwner;
  readonly wal: Omit<WalOptions, 'identity' | 'snapshot'>;
  /** With what the cluster begins if the folder is empty; `undefined` for a member that joins one. */
  readonly firstConfiguration: raftv1.Configuration | undefined;
  /** Makes the state machine hold what a snapshot says, and nothing else; where reading it throws, it stays what it was. */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

/**
 * Finds, checks and restores everything that a member knew: the newest snapshot that can be read and the log behind it. Throws
 * `DataFormatError`, `ForeignDataError`, `WalCorruptedError`, `WalGapError`, each before anything is changed.
 */
export async function openDataFolder(parts: DataFolderParts): Promise<DataFolder> {
  const { disk, logger, owner } = parts;
  const format = await readDataFormat(disk, owner);
  const identity = format.kind === 'current' ? format.identity : newIdentity(parts);
  if (format.kind === 'version-1') await upgrade(parts, identity);
  const begun = format.kind === 'version-1' || (format.kind === 'current' && format.begun);
  if (format.kind === 'none') await writeDataFormat(disk, identity, false);
  if (begun && (await disk.list(WAL_FOLDER)).length === 0)
    throw new WalCorruptedError(segmentPath(1), 0, 'the log is missing');

  const snapshots = new SnapshotFiles(disk, identity.cluster, logger);
  const { snapshot, damaged } = await restoreNewest(parts, snapshots);
  const options: WalOptions = { ...parts.wal, identity, ...(snapshot && { snapshot }) };
  const { wal, recovered } = await WriteAheadLog.open(disk, logger, options);
  for (const path of damaged) await disk.remove(path);
  const folder = { wal, snapshots, snapshot, incarnation: incarnationOf(identity) };
  if (begun) return { ...folder, recovered, joined: identity.joined === true };
  const firstConfiguration = await begin(parts, identity, wal, recovered);
  return { ...folder, recovered: { ...recovered, firstConfiguration }, joined: firstConfiguration === undefined };
}

function newIdentity({ owner, random }: DataFolderParts): DataIdentity {
  return { cluster: owner.cluster, member: owner.member, salt: random.integer(2 ** 32) };
}

/** The state machine holds what the newest readable snapshot says; without one it stays empty. */
async function restoreNewest(
  { restore, logger }: DataFolderParts,
  snapshots: SnapshotFiles,
): Promise<{ snapshot: raftv1.SnapshotMeta | undefined; damaged: string[] }> {
  const { found, unreadable } = await snapshots.open();
  const damaged = [...unreadable];
  for (const snapshot of found) {
    try {
      await restore(snapshots.read(snapshot));
      return { snapshot, damaged };
    } catch (error) {
      if (!(error instanceof SnapshotDamagedError)) throw error;
      logger.warn('a damaged snapshot is left out', { path: error.path, offset: error.offset });
      damaged.push(error.path);
    }
  }
  return { snapshot: undefined, damaged };
}

/** The first words in an empty folder: with what the cluster begins, or that it was there already. */
async function begin(
  parts: DataFolderParts,
  identity: DataIdentity,
  wal: WriteAheadLog,
  recovered: Recovered,
): Promise<raftv1.Configuration | undefined> {
  const firstConfiguration = recovered.firstConfiguration ?? parts.firstConfiguration;
  if (wal.isEmpty && firstConfiguration !== undefined) await wal.append({ firstConfiguration });
  await writeDataFormat(parts.disk, { ...identity, joined: firstConfiguration === undefined }, true);
  return firstConfiguration;
}

/** Writes the old log into a new one. The old one stays until the new one is whole; a crash before has the upgrade begin anew. */
async function upgrade(parts: DataFolderParts, identity: DataIdentity): Promise<void> {
  const { disk, logger, firstConfiguration } = parts;
  logger.info('upgrades the data folder to another format', { folder: parts.owner.folder });
  await disk.remove(WAL_FOLDER);
  const { wal } = await WriteAheadLog.open(disk, logger, { ...parts.wal, identity });
  if (firstConfiguration !== undefined) await wal.append({ firstConfiguration });
  for await (const write of inBatches(readVersion1Log(disk, logger))) await wal.append(write);
  await wal.close();
  await writeDataFormat(disk, identity, true);
  await disk.remove(VERSION_1_FOLDER);
}

/** Entries that go to the disk in one write of an upgrade. */
const UPGRADE_BATCH = 256;

/** Joins writes as long as each entry follows the one before. */
async function* inBatches(writes: AsyncIterable<WalWrite>): AsyncGenerator<WalWrite> {
  let [entries, hardState]: [raftv1.Entry[], WalWrite['hardState']] = [[], undefined];
  for await (const write of writes) {
    const [next] = write.entries ?? [];
    const last = entries.at(-1);
    if (entries.length >= UPGRADE_BATCH || (next && last && next.index !== last.index + 1)) {
      yield { entries, hardState };
      entries = [];
    }
    if (next) entries.push(next);
    hardState = write.hardState ?? hardState;
  }
  yield { entries, hardState };
}
