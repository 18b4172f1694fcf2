import type { raftv1 } from '@orrery/proto';
import type { Random } from '@orrery/runtime';

export interface RaftOptions extends Partial<RaftLimits> {
  readonly id: string;
  /** Ticks without a leader after which an election starts; randomised up to half as much again. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly random: Random;

  /** Which life of the member this is: drawn when its data folder was made, kept with it, at least 1. Default 0: members have none. */
  readonly incarnation?: number;
  /** Did this life join a cluster that there was already? Kept with the data folder, since the configuration may come from the log later. Default false. */
  readonly joined?: boolean;

  /**
   * The first members of a new cluster, the same at all of them and again after each restart: it is what the log begins with, until a snapshot or
   * an entry says otherwise. Absent at a member that joins: it waits until the leader tells it everything.
   */
  readonly configuration?: raftv1.Configuration | undefined;

  /** What was on disk; its term is not before that of the log. `commit` is a hint and may be missing what was committed last. */
  readonly hardState?: raftv1.HardState | undefined;
  /** The newest snapshot on disk; the state machine was restored from it. */
  readonly snapshot?: raftv1.SnapshotMeta | undefined;
  /** The log behind the snapshot, or from index 1 on. */
  readonly entries?: readonly raftv1.Entry[] | undefined;
}

export interface RaftLimits {
  /** Appends under way to one follower. Default 64. */
  readonly inflightMax: number;
  /** Bytes of entries under way to one follower; the append that exceeds it is still sent. Default 16 MiB. */
  readonly inflightBytesMax: number;
  /** Entries in one append. Default 1,024. */
  readonly batchMax: number;
  /** Bytes in one append, unless its first entry is larger. Default 1 MiB. */
  readonly batchBytesMax: number;
  /** Bytes of one proposal. Default 16 MiB. */
  readonly proposalBytesMax: number;
  /** Bytes that the leader's uncommitted entries may have before it takes no more. Default 64 MiB. */
  readonly uncommittedBytesMax: number;
  /** Bytes of a snapshot in one message. Default 512 KiB. */
  readonly chunkBytesMax: number;
  /** Learners at a time, since each costs the leader as much as a follower. Default 1, as in etcd. */
  readonly learnersMax: number;
  /** Reads that wait at the leader; more get no answer and have to be asked again. Default 4,096. */
  readonly waitingReadsMax: number;
}

export const DEFAULT_LIMITS: RaftLimits = {
  inflightMax: 64,
  inflightBytesMax: 16 * 1024 * 1024,
  batchMax: 1_024,
  batchBytesMax: 1024 * 1024,
  proposalBytesMax: 16 * 1024 * 1024,
  uncommittedBytesMax: 64 * 1024 * 1024,
  chunkBytesMax: 512 * 1024,
  learnersMax: 1,
  waitingReadsMax: 4_096,
};
