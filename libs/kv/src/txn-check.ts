import type { storagev1 } from '@orrery/proto';
import { type KeyRange, keyRange, keyText, rangeHolds } from './key.ts';
import { InvalidCommandError } from './kv-errors.ts';

/** Operations in one transaction: etcd's default. */
const OPERATIONS_MAX = 128;

/** Refuses what etcd refuses whatever the state: too many operations, empty keys, and one key changed twice. */
export function checkTxn(txn: storagev1.TxnRequest): void {
  if (Math.max(txn.compare.length, txn.success.length, txn.failure.length) > OPERATIONS_MAX) {
    throw new InvalidCommandError('too many operations in txn request');
  }
  if (txn.compare.some((compare) => compare.key.length === 0)) throw new InvalidCommandError('key is not provided');
  checkBranch(txn.success);
  checkBranch(txn.failure);
}

function checkBranch(operations: readonly storagev1.Operation[]): void {
  const puts = new Set<string>();
  const deletions: KeyRange[] = [];
  for (const { operation } of operations) {
    if (operation === undefined) throw new InvalidCommandError('an operation is empty');
    if (operation.value.key.length === 0) throw new InvalidCommandError('key is not provided');
    if (operation.$case === 'deleteRange') deletions.push(keyRange(operation.value.key, operation.value.rangeEnd));
    if (operation.$case !== 'put') continue;
    const key = keyText(operation.value.key);
    if (puts.has(key)) throw new InvalidCommandError('duplicate key given in txn request');
    puts.add(key);
  }
  for (const key of puts) {
    if (deletions.some((range) => rangeHolds(range, key))) {
      throw new InvalidCommandError('duplicate key given in txn request');
    }
  }
}
