import { storagev1 } from '@orrery/proto';
import { type KeyRange, keyRange, keyText, rangeHolds } from '../key.ts';
import { InvalidCommandError } from '../kv-errors.ts';

/** Operations in one transaction with those nested in it: etcd's default. */
export const OPERATIONS_MAX = 128;

const texts = {
  emptyKey: 'etcdserver: key is not provided',
  keyNotFound: 'etcdserver: key not found',
  valueProvided: 'etcdserver: value is provided',
  leaseProvided: 'etcdserver: lease is provided',
  tooManyOperations: 'etcdserver: too many operations in txn request',
  duplicateKey: 'etcdserver: duplicate key given in txn request',
  invalidSort: 'etcdserver: invalid sort option',
};

/**
 * Refuses what etcd refuses whatever the state (`v3rpc/key.go`): empty keys, too many operations, one key changed twice. Throws `InvalidCommandError`.
 * An operation that is none of the store's passes.
 */
export function checkRequest(operation: storagev1.Request['operation']): void {
  if (operation?.$case === 'range') checkRange(operation.value);
  if (operation?.$case === 'txn') checkTxn(operation.value);
}

export function checkTxn(txn: storagev1.TxnRequest): void {
  checkOperations(txn, OPERATIONS_MAX);
  if (isSingle(txn)) return;
  checkChanges(txn.success);
  checkChanges(txn.failure);
}

/** The usual case: nothing in it can overlap. */
function isSingle({ success, failure }: storagev1.TxnRequest): boolean {
  return (
    success.length <= 1 &&
    failure.length <= 1 &&
    success[0]?.operation?.$case !== 'txn' &&
    failure[0]?.operation?.$case !== 'txn'
  );
}

/** Could the transaction, whichever branch it takes, change something? */
export function mayChange({ success, failure }: storagev1.TxnRequest): boolean {
  return [...success, ...failure].some(({ operation }) =>
    operation?.$case === 'txn' ? mayChange(operation.value) : operation?.$case !== 'range',
  );
}

export function checkRange({ key, sortOrder, sortTarget }: storagev1.RangeRequest): void {
  if (key.length === 0) throw new InvalidCommandError(texts.emptyKey);
  const known =
    sortOrder <= storagev1.RangeRequest_SortOrder.SORT_ORDER_DESCEND &&
    sortTarget <= storagev1.RangeRequest_SortTarget.SORT_TARGET_VALUE;
  if (!known) throw new InvalidCommandError(texts.invalidSort);
}

function checkOperations({ compare, success, failure }: storagev1.TxnRequest, countMax: number): void {
  const count = Math.max(compare.length, success.length, failure.length);
  if (count > countMax) throw new InvalidCommandError(texts.tooManyOperations);
  if (compare.some(({ key }) => key.length === 0)) throw new InvalidCommandError(texts.emptyKey);
  for (const { operation } of success) checkOperation(operation, countMax - count);
  for (const { operation } of failure) checkOperation(operation, countMax - count);
}

function checkOperation(operation: storagev1.Operation['operation'], countMax: number): void {
  switch (operation?.$case) {
    case 'range':
      checkRange(operation.value);
      break;
    case 'put':
      checkPut(operation.value);
      break;
    case 'deleteRange':
      if (operation.value.key.length === 0) throw new InvalidCommandError(texts.emptyKey);
      break;
    case 'txn':
      checkOperations(operation.value, countMax);
      break;
    case undefined:
      throw new InvalidCommandError(texts.keyNotFound); // etcd's text for an empty operation.
    default:
      operation satisfies never;
  }
}

function checkPut(put: storagev1.Put): void {
  if (put.key.length === 0) throw new InvalidCommandError(texts.emptyKey);
  if (put.ignoreValue && put.value.length > 0) throw new InvalidCommandError(texts.valueProvided);
  if (put.ignoreLease && put.lease !== '0') throw new InvalidCommandError(texts.leaseProvided);
}

/** What a branch changes. */
interface Changes {
  readonly puts: Set<string>;
  readonly deletions: KeyRange[];
}

/**
 * Refuses a branch that may put a key twice, or put and delete it. The two branches of a nested transaction exclude each other, so one key may be in both;
 * as in etcd, what nested transactions delete counts against puts of the same level and of those after them.
 */
function checkChanges(operations: readonly storagev1.Operation[]): Changes {
  const changes: Changes = { puts: new Set(), deletions: [] };
  for (const { operation } of operations) {
    if (operation?.$case === 'deleteRange') {
      changes.deletions.push(keyRange(operation.value.key, operation.value.rangeEnd));
    }
  }
  for (const { operation } of operations) if (operation?.$case === 'txn') addNested(changes, operation.value);
  for (const { operation } of operations) {
    if (operation?.$case === 'put') addPut(changes, keyText(operation.value.key), changes.puts);
  }
  return changes;
}

function addNested(changes: Changes, txn: storagev1.TxnRequest): void {
  const before = new Set(changes.puts);
  const [success, failure] = [checkChanges(txn.success), checkChanges(txn.failure)];
  for (const key of success.puts) addPut(changes, key, before);
  for (const key of failure.puts) addPut(changes, key, before);
  changes.deletions.push(...success.deletions, ...failure.deletions);
}

function addPut({ puts, deletions }: Changes, key: string, taken: ReadonlySet<string>): void {
  if (taken.has(key) || deletions.some((range) => rangeHolds(range, key))) {
    throw new InvalidCommandError(texts.duplicateKey);
  }
  puts.add(key);
}
