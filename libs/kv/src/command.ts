import { storagev1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';
import { keyBytes } from './key.ts';
import type { LeaseId } from './leases/lease-table.ts';

type Operation = NonNullable<storagev1.Request['operation']>;
type Result = NonNullable<storagev1.Response['result']>;
type CommandCase = 'txn' | 'compact' | 'leaseGrant' | 'leaseRevoke';

/** What changes the store. All members apply the same commands in the same order. */
export type Command =
  | Extract<Operation, { $case: CommandCase }>
  /** Revokes several leases as one command; those that are not there are left out. */
  | { readonly $case: 'revokeLeases'; readonly ids: readonly LeaseId[] }
  /**
   * Goes to a revision beyond `revision` with one left out, unless the store is beyond it already; states before are compacted. For a
   * store whose followers have seen revisions that it does not know.
   */
  | { readonly $case: 'skipRevisions'; readonly revision: number };

export type CommandResult = Extract<Result, { $case: CommandCase }>;

export interface ApplyContext {
  /** By the clock of the member that proposed the command. */
  readonly time: Milliseconds;
}

export interface Applied {
  readonly result: CommandResult;
  /** False: the store is what it was before, as after a transaction that only read. */
  readonly changed: boolean;
}

/** A single put as a command. */
export function putCommand(key: string, value: Uint8Array, lease: LeaseId = '0'): Command {
  const put = storagev1.Put.fromPartial({ key: keyBytes(key), value, lease });
  return { $case: 'txn', value: { compare: [], success: [{ operation: { $case: 'put', value: put } }], failure: [] } };
}
