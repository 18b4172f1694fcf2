import type { raftv1 } from '@orrery/proto';
import type { Disk, Logger } from '@orrery/runtime';
import { SnapshotFiles, type SnapshotPoint } from '../snapshot/snapshot-files.ts';
import { WriteAheadLog } from '../wal/write-ahead-log.ts';
import { writeDataFormat } from './data-format.ts';
import type { DataIdentity } from './data-identity.ts';

/** Why nothing was written into a folder. */
export class DataFolderNotEmptyError extends Error {
  override readonly name = 'DataFolderNotEmptyError';
  constructor(readonly found: readonly string[]) {
    super(`the data folder is not empty, it holds ${found.join(', ')}`);
  }
}

export interface Seed {
  readonly identity: DataIdentity;
  /** Index and term that the log goes on behind, both at least 1, and the members of the new cluster; the same at all of them. */
  readonly point: SnapshotPoint;
  /** What `StateMachine.snapshot()` gives. */
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Makes an empty folder the data folder of a member that begins with a given state: a backup. Throws `DataFolderNotEmptyError`. */
export async function seedDataFolder(disk: Disk, logger: Logger, seed: Seed): Promise<raftv1.SnapshotMeta> {
  const found = await disk.list('');
  if (found.length > 0) throw new DataFolderNotEmptyError(found);
  await writeDataFormat(disk, seed.identity, false);
  const snapshots = new SnapshotFiles(disk, seed.identity.cluster, logger);
  const meta = await snapshots.write(seed.point, seed.chunks);
  const { wal } = await WriteAheadLog.open(disk, logger, { identity: seed.identity });
  const { index, term } = meta;
  await wal.append({ restartAfter: { index, term }, hardState: { term, vote: '', commit: index } });
  await wal.close();
  await writeDataFormat(disk, seed.identity, true);
  return meta;
}
