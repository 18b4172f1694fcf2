import type { ConfigurationChange, RaftStatus } from '@orrery/raft';
import type { StorageResult } from '../state-machine/storage-result.ts';

/** What requests need of the node that drives Raft. */
export interface Consensus {
  readonly isLeader: boolean;
  /** Empty where none is known. */
  readonly leader: string;
  readonly term: number;
  /** Why this member can do nothing any more. */
  readonly failure: Error | undefined;
  readonly diskIsFull: boolean;
  readonly configuration: { readonly voters: readonly string[]; readonly learners: readonly string[] };
  status(): RaftStatus;
  /** Resolves with the result once the command is committed and carried out, or with the reason why that is not known. */
  propose(data: Uint8Array): Promise<StorageResult>;
  /** Resolves when this member's state holds everything that was acknowledged before the call. Throws `ReadUnavailableError` and `TooManyReadsError`. */
  readBarrier(): Promise<void>;
  /** Resolves when the change is committed. Throws what Raft refuses it with, `UnhealthyClusterError`, `LostProposalError` and `NoSnapshotError`. */
  proposeConfiguration(change: ConfigurationChange): Promise<void>;
  /** Resolves when another member leads. Throws what Raft refuses it with, and `TransferFailedError`. */
  transferLeadership(to: string): Promise<void>;
}
