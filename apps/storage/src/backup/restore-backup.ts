import type { RandomAccess } from '@orrery/bolt';
import { StoreImport } from '@orrery/kv';
import type { Disk, Logger, Random } from '@orrery/runtime';
import { seedDataFolder } from '../data-folder/seed-data-folder.ts';
import { StateMachine } from '../state-machine/state-machine.ts';
import { DamagedBackupError } from './backup-errors.ts';
import { BackupFile, type BackupFileOptions } from './backup-file.ts';

export interface RestoreOptions extends BackupFileOptions {
  /**
   * Revisions to leave out, so that no revision of the restored store was ever another change in the old one: more than the old one can have
   * made since the backup. What is before then counts as compacted, and whoever followed the old store looks anew. Default 0.
   */
  readonly bumpRevision?: number;
}

/** A new cluster that begins with what a backup holds. */
export interface RestoredCluster {
  /** Name of the cluster, as the subjects on the bus begin. */
  readonly cluster: string;
  /** All members, whether their folders are made here or elsewhere from the same file. */
  readonly members: readonly string[];
  /** The members' folders that are made now; each must be empty. */
  readonly folders: readonly { readonly member: string; readonly disk: Disk }[];
}

/** What was restored. */
export interface Restored {
  readonly revision: number;
  readonly keys: number;
  readonly leases: number;
  /** The store had users and roles, which are not taken over: whoever reaches the new one may do everything. */
  readonly authentication: boolean;
}

/** Where the new cluster's Raft log goes on: the same at all members, however many machines they are restored on. */
const FIRST_POINT = { index: 1, term: 1 } as const;

/**
 * Makes data folders from a backup of ours or of etcd. All that the file holds goes through memory, as it does in a member. Throws what
 * `BackupFile` throws, `DataFolderNotEmptyError` and `DiskFullError`; folders made before that are to be removed.
 */
export async function restoreBackup(
  file: RandomAccess,
  { cluster, members, folders }: RestoredCluster,
  { random, logger }: { readonly random: Random; readonly logger: Logger },
  options: RestoreOptions = {},
): Promise<Restored> {
  const backup = await BackupFile.open(file, options);
  const head = await backup.head();
  const state = new StateMachine();
  state.store.restore(await imported(backup, head, options));
  const point = { ...FIRST_POINT, configuration: { voters: [...members].sort(), learners: [] } };
  for (const { member, disk } of folders) {
    const identity = { cluster, member, salt: random.integer(2 ** 32) };
    await seedDataFolder(disk, logger, { identity, point, chunks: state.snapshot() });
  }
  const { revision, keys } = state.store;
  return { revision, keys, leases: head.leases.length, authentication: head.authentication };
}

async function imported(
  backup: BackupFile,
  head: Awaited<ReturnType<BackupFile['head']>>,
  { bumpRevision = 0 }: RestoreOptions,
): Promise<StoreImport> {
  const store = new StoreImport(head);
  for await (const version of backup.versions()) {
    try {
      store.add(version);
    } catch (cause) {
      throw new DamagedBackupError(`the change at revision ${version.revision} cannot be read`, { cause });
    }
  }
  store.skip(bumpRevision);
  return store;
}
