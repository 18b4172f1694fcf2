export interface StorageConfig {
  /** This member's name: one of `members`. */
  readonly member: string;
  /** All members of the storage cluster: 1, 3 or 5. */
  readonly members: readonly string[];
  /** Time without a leader after which a member asks for votes; randomised up to half as much again. Default 1,000. */
  readonly electionTimeoutMs?: number;
  /** Default 100. */
  readonly heartbeatMs?: number;
  /** Bytes that the registry log keeps. Default 512 MiB. */
  readonly registryLogBytesMax?: number;
  /** How the data folder is called in messages to the operator; the disk itself comes with the host. */
  readonly dataFolder?: string;
}

export const ELECTION_TIMEOUT_MS = 1_000;
export const HEARTBEAT_MS = 100;
export const REGISTRY_LOG_BYTES_MAX = 512 * 1024 * 1024;
