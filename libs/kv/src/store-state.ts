import type { storagev1 } from '@orrery/proto';
import { CompactedError, FutureRevisionError } from './kv-errors.ts';
import type { LeaseTable } from './leases/lease-table.ts';
import { readRange } from './range/range-reader.ts';
import { checkRange } from './txn/txn-check.ts';
import type { VersionStore } from './versions/version-store.ts';

/** What an empty store is at. */
export const FIRST_REVISION = 1;

/** What a store holds. Commands change it in place; a snapshot puts another one in its stead. */
export interface StoreState {
  readonly versions: VersionStore;
  readonly leases: LeaseTable;
  /** Of the last change. */
  revision: number;
  /** States before it are gone; 0: all are there. */
  compactRevision: number;
}

/** Throws `CompactedError`, `FutureRevisionError` and `InvalidCommandError`. */
export function rangeOf(state: StoreState, request: storagev1.RangeRequest): storagev1.RangeResponse {
  checkRange(request);
  const revision = readableRevision(state, request.revision);
  return readRange(state.versions, request, revision, revision === state.revision);
}

/** The revision that a reader means; 0 stands for the newest. Throws `CompactedError` and `FutureRevisionError`. */
export function readableRevision({ revision, compactRevision }: StoreState, asked: number): number {
  if (asked === 0) return revision;
  if (asked > revision) throw new FutureRevisionError(asked, revision);
  if (asked < compactRevision) throw new CompactedError(asked, compactRevision);
  return asked;
}
