import type { storagev1 } from '@orrery/proto';
import { keyRange } from '../key.ts';
import type { VersionStore } from '../versions/version-store.ts';
import { type Compared, holds } from './compare.ts';

/** What a transaction will do: its branch, and those of the transactions in it, at the same positions. */
export interface TxnPath {
  readonly succeeded: boolean;
  readonly operations: readonly storagev1.Operation[];
  readonly nested: readonly (TxnPath | undefined)[];
}

/** All comparisons, those of nested transactions too, look at the state before the first change (etcd: `compareToPath`). */
export function choosePath(txn: storagev1.TxnRequest, versions: VersionStore, revision: number): TxnPath {
  const succeeded = txn.compare.every((compare) => holdsAt(compare, versions, revision));
  const operations = succeeded ? txn.success : txn.failure;
  const nested = operations.map(({ operation }) =>
    operation?.$case === 'txn' ? choosePath(operation.value, versions, revision) : undefined,
  );
  return { succeeded, operations, nested };
}

/** A comparison of a range holds when it does so for every key there; of an empty one, as for a key that does not exist. */
function holdsAt(compare: storagev1.Compare, versions: VersionStore, revision: number): boolean {
  const range = keyRange(compare.key, compare.rangeEnd);
  let [any, all] = [false, true];
  versions.visit(range, revision, true, (row) => {
    any = true;
    all = holds(compare, comparedOf(versions, row));
    return all;
  });
  return any ? all : holds(compare, undefined);
}

function comparedOf(versions: VersionStore, row: number): Compared {
  return {
    createRevision: versions.createRevision(row),
    modRevision: versions.modRevision(row),
    version: versions.version(row),
    lease: versions.lease(row),
    value: () => versions.value(row),
  };
}
