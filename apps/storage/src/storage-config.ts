export interface StorageConfig {
  /** This member's name: one of `members`, unless it joins. */
  readonly member: string;
  /** The first members of a new cluster: 1, 3 or 5. Once there is data, what it says about members counts, not this. */
  readonly members: readonly string[];
  /** The cluster exists and has added this member, or will: it begins with nothing and waits to be told everything. Default false. */
  readonly join?: boolean;
  /** As leader: make learners voters as soon as they have caught up. Default false: somebody promotes them. */
  readonly autoPromote?: boolean;
  /** Time without a leader after which a member asks for votes; randomised up to half as much again. Default 1,000. */
  readonly electionTimeoutMs?: number;
  /** Default 100. */
  readonly heartbeatMs?: number;
  /** Bytes that the registry log keeps. Default 512 MiB. */
  readonly registryLogBytesMax?: number;
  /** Bytes that the store may have before it takes no more puts. Default 2 GiB, as etcd's. */
  readonly quotaBytes?: number;
  /** How the log on disk grows and is cut. */
  readonly log?: LogConfig;
  /** How the data folder is called in messages to the operator; the disk itself comes with the host. */
  readonly dataFolder?: string;
  /** Serve etcd's clients as well. Absent: only the bus. */
  readonly etcd?: EtcdFaceConfig;
}

export interface EtcdFaceConfig {
  /** `host:port`; port 0 lets the system choose. */
  readonly listen: string;
  /** What clients are told to reach this member by. Default: the address it listens on. */
  readonly advertiseClientUrls?: readonly string[];
  /** PEM. With `clientCa` only clients with a certificate of that authority are served. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
}

export interface LogConfig {
  /** A segment that would grow beyond it is followed by another. Default 64 MiB. */
  readonly segmentBytesMax?: number;
  /** Space is taken from the device in steps of this size, ahead of the writes. 0: with each write. Default 8 MiB. */
  readonly allocateBytes?: number;
  /** A snapshot is due when the log has grown by this, or by the size of the state where that is more. Default 64 MiB. */
  readonly snapshotAfterBytes?: number;
  /**
   * Entries from before the newest snapshot that stay in memory for members that are a little behind; fewer where they have more than 16 MiB. One
   * that needs older ones gets the snapshot. Default 5,000, as in etcd.
   */
  readonly keptEntriesMax?: number;
}

/** The configuration contradicts itself. Nothing was touched. */
export class StorageConfigError extends Error {
  override readonly name = 'StorageConfigError';
}

/** Throws `StorageConfigError`. */
export function checkStorageConfig({ member, members, join }: StorageConfig): void {
  if (join === true || members.includes(member)) return;
  throw new StorageConfigError(
    `${member} is not among the members ${members.join(', ')}: name it there, or let it join`,
  );
}

export const SNAPSHOT_AFTER_BYTES = 64 * 1024 * 1024;
export const KEPT_ENTRIES_MAX = 5_000;
export const ELECTION_TIMEOUT_MS = 1_000;
export const HEARTBEAT_MS = 100;
