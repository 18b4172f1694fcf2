import type { storagev1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';
import { keyRange, keyText } from './key.ts';
import { KeyNotFoundError } from './kv-errors.ts';
import type { LeaseId } from './leases/lease-table.ts';
import { rangeOf, readableRevision, type StoreState } from './store-state.ts';
import { choosePath, type TxnPath } from './txn/txn-path.ts';
import { NONE } from './versions/version-table.ts';

/** One command while it is carried out: changes keys and leases, and counts the revisions. */
export class CommandRun {
  readonly #startRevision: number;
  /** Changes in the newest revision. */
  #sub = 0;
  /** Does the newest revision hold a change of a key that wants a revision for itself? */
  #ownTaken = false;
  #firstOwnRevision: number | undefined;

  /** `ownRevision`: see `KvOptions`. `time`: by the clock of the member that proposed the command. */
  constructor(
    private readonly state: StoreState,
    private readonly ownRevision: (key: string) => boolean,
    private readonly time: Milliseconds,
  ) {
    this.#startRevision = state.revision;
  }

  get hasChanged(): boolean {
    return this.state.revision > this.#startRevision;
  }

  /** The first revision with a change of a key that wants a revision for itself. */
  get firstOwnRevision(): number | undefined {
    return this.#firstOwnRevision;
  }

  /** Throws a `KvError` before the first change. `txn` has been checked. */
  txn(txn: storagev1.TxnRequest): storagev1.TxnResponse {
    const path = choosePath(txn, this.state.versions, this.state.revision);
    this.#checkPossible(path);
    return this.#run(path);
  }

  /** Deletes the lease's keys, in their order, then the lease. Throws `LeaseNotFoundError`. */
  revoke(id: LeaseId): void {
    const lease = this.state.leases.get(id);
    for (const key of [...lease.keys].sort()) this.#delete(key, this.state.versions.newest(key));
    this.state.leases.remove(id);
  }

  /** All that can fail in a transaction fails here, before its first change. */
  #checkPossible({ operations, nested }: TxnPath): void {
    for (const { operation } of operations) {
      if (operation?.$case === 'range') readableRevision(this.state, operation.value.revision);
      if (operation?.$case === 'put') this.#checkPut(operation.value);
    }
    for (const path of nested) if (path !== undefined) this.#checkPossible(path);
  }

  #checkPut(put: storagev1.Put): void {
    if (put.lease !== '0') this.state.leases.get(put.lease);
    if (!put.ignoreValue && !put.ignoreLease) return;
    const key = keyText(put.key);
    if (this.state.versions.newest(key) === NONE) throw new KeyNotFoundError(key);
  }

  #run({ succeeded, operations, nested }: TxnPath): storagev1.TxnResponse {
    const results = operations.map(({ operation }, at) => this.#operate(operation, nested[at]));
    return { succeeded, results, revision: this.state.revision };
  }

  #operate(operation: storagev1.Operation['operation'], nested: TxnPath | undefined): storagev1.OperationResult {
    switch (operation?.$case) {
      case 'range':
        return { result: { $case: 'range', value: rangeOf(this.state, operation.value) } };
      case 'put':
        return { result: { $case: 'put', value: this.#put(operation.value) } };
      case 'deleteRange':
        return { result: { $case: 'deleteRange', value: this.#deleteRange(operation.value) } };
      case 'txn':
        return { result: { $case: 'txn', value: this.#run(nested as TxnPath) } };
      case undefined:
        return { result: undefined };
      default:
        return operation satisfies never;
    }
  }

  #put(put: storagev1.Put): storagev1.PutResult {
    const versions = this.state.versions;
    const key = keyText(put.key);
    const before = versions.newest(key);
    const exists = before !== NONE;
    const previous = exists && put.prevKv ? versions.keyValue(before) : undefined;
    const value = exists && put.ignoreValue ? versions.value(before) : put.value;
    const leaseBefore = exists ? versions.lease(before) : 0n;
    const lease = put.ignoreLease ? leaseBefore : put.lease === '0' ? 0n : BigInt(put.lease);
    if (leaseBefore !== lease) {
      if (leaseBefore !== 0n) this.state.leases.detach(String(leaseBefore), key);
      if (lease !== 0n) this.state.leases.attach(String(lease), key);
    }
    const revision = this.#nextRevision(key);
    versions.put({
      key,
      revision,
      sub: this.#sub++,
      time: this.time,
      createRevision: exists ? versions.createRevision(before) : revision,
      modRevision: revision,
      version: exists ? versions.version(before) + 1 : 1,
      value,
      lease,
    });
    return { previous };
  }

  #deleteRange({ key, rangeEnd, prevKv }: storagev1.DeleteRange): storagev1.DeleteRangeResult {
    const rows: number[] = [];
    this.state.versions.visit(keyRange(key, rangeEnd), this.state.revision, true, (row) => rows.push(row) > 0);
    const deleted = prevKv ? rows.map((row) => this.state.versions.keyValue(row)) : [];
    for (const row of rows) this.#delete(this.state.versions.key(row), row);
    return { deleted, count: rows.length };
  }

  #delete(key: string, row: number): void {
    const lease = this.state.versions.lease(row);
    if (lease !== 0n) this.state.leases.detach(String(lease), key);
    const revision = this.#nextRevision(key);
    this.state.versions.delete({ key, revision, sub: this.#sub++, time: this.time });
  }

  /** Changes of one command share a revision, unless both the key and one before it want theirs for themselves. */
  #nextRevision(key: string): number {
    const own = this.ownRevision(key);
    const shared = this.state.revision > this.#startRevision && !(own && this.#ownTaken);
    if (!shared) {
      this.state.revision++;
      this.#sub = 0;
      this.#ownTaken = false;
    }
    this.#ownTaken ||= own;
    if (own) this.#firstOwnRevision ??= this.state.revision;
    return this.state.revision;
  }
}
