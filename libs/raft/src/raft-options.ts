import type { raftv1 } from '@orrery/proto';
import type { Random } from '@orrery/runtime';

export interface RaftOptions {
  readonly id: string;
  /** All voting members, this one included. */
  readonly members: readonly string[];
  /** Ticks without a leader after which an election starts; randomised up to half as much again. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly random: Random;
  /** What was on disk. `commit` is a hint and may be missing what was committed last. */
  readonly hardState?: raftv1.HardState;
  readonly entries?: readonly raftv1.Entry[];
  /** Appends under way to one follower. Default 64. */
  readonly inflightMax?: number;
  /** Entries in one append. Default 1,024. */
  readonly batchMax?: number;
  /** Bytes in one append, unless its first entry is larger. Default 1 MiB. */
  readonly batchBytesMax?: number;
}
