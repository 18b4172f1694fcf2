import type { Milliseconds } from '@orrery/runtime';
import type { GroupInput, GroupOutput } from '../checker/key-group-model.ts';

/** One request of a client on a group of keys, and its answer. */
export interface GroupOperation {
  /** `c2-17`; the values that it writes begin with it. */
  readonly id: string;
  readonly group: string;
  readonly input: GroupInput;
  /** Asked for the state at this revision; 0: the newest. */
  readonly atRevision: number;
  /** The member answered from its own state: not linearizable, but no lie either. */
  readonly serializable: boolean;
  readonly calledAt: Milliseconds;
  returnedAt: Milliseconds;
  /** Undefined: not known. */
  output: GroupOutput | undefined;
  /** What was read, or what the write made. */
  revision: number;
}

/** A lease with the one key that hangs on it. */
export interface LeaseRecord {
  readonly id: string;
  readonly key: string;
  /** The value of the key, which names it in the registry log. */
  readonly value: string;
  readonly ttlMs: Milliseconds;
  /** When the newest grant or keep-alive that was acknowledged had been asked for: the lease lasts at least `ttlMs` from then. */
  renewedAt: Milliseconds;
  /** When somebody last asked for a renewal, whatever came of it. */
  askedAt: Milliseconds;
  revokedAt: Milliseconds | undefined;
}

/** Everything that clients did. Bounded by the length of a run. */
export class OperationLog {
  readonly operations: GroupOperation[] = [];
  readonly leases: LeaseRecord[] = [];

  get answered(): number {
    return this.operations.filter(({ output }) => output !== undefined).length;
  }
}
