import type { storagev1 } from '@orrery/proto';
import { invariant, type Milliseconds } from '@orrery/runtime';
import { holds } from './compare.ts';
import { keyBytes, keyRange, keyText } from './key.ts';
import { CompactedError, FutureRevisionError, InvalidCommandError } from './kv-errors.ts';
import { LeaseTable } from './lease-table.ts';
import { checkTxn } from './txn-check.ts';
import { VersionIndex } from './version-index.ts';

/** One key's change. `current` is undefined for a deletion, `previous` for a creation. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly time: Milliseconds;
  readonly current: storagev1.KeyValue | undefined;
  readonly previous: storagev1.KeyValue | undefined;
}

/** What changes the store. All members apply the same commands in the same order. */
export type Command =
  | Exclude<storagev1.Request['operation'], undefined | { $case: 'range' | 'status' }>
  /** Revokes what is over at the context's time. */
  | { readonly $case: 'expireLeases' }
  /**
   * Goes to a revision beyond `revision` with one left out, unless the store is beyond it already; states before are compacted. For a
   * store whose followers have seen revisions that it does not know.
   */
  | { readonly $case: 'skipRevisions'; readonly revision: number };

export type CommandResult = Exclude<storagev1.Response['result'], undefined | { $case: 'range' | 'status' | 'error' }>;

export interface ApplyContext {
  /** By the clock of the member that proposed the command. */
  readonly time: Milliseconds;
}

export interface Applied {
  readonly result: CommandResult;
  /** In order of revision. */
  readonly changes: readonly Change[];
}

export interface KvOptions {
  /** Is each change of this key to have a revision for itself, also inside one transaction? Default: no key. */
  readonly ownRevision?: (key: string) => boolean;
}

/** Leases that one `expireLeases` revokes; the rest waits for the next. */
const EXPIRED_LEASES_MAX = 1000;

/**
 * A multi-version key-value store with etcd's semantics: every change has a revision, and every state since the last compaction can be
 * read. Deterministic: the same commands with the same contexts give the same store.
 *
 * An empty store is at revision 1; the first change makes revision 2. Values are kept as given and must not be changed afterwards.
 */
export class KvStore {
  readonly #index = new VersionIndex();
  readonly #leases = new LeaseTable();
  /** Changes of each revision after `compactRevision`; at position 0 those of `compactRevision` + 1. */
  #history: Change[][] = [];
  #revision = 1;
  #compactRevision = 0;
  readonly #ownRevision: (key: string) => boolean;

  constructor(options: KvOptions = {}) {
    this.#ownRevision = options.ownRevision ?? (() => false);
    this.#history.push([]);
  }

  get revision(): number {
    return this.#revision;
  }
  /** States before this revision are gone; 0: all are there. */
  get compactRevision(): number {
    return this.#compactRevision;
  }
  get keys(): number {
    return this.#index.live;
  }

  /** Changes nothing where it throws a `KvError`. */
  apply(command: Command, context: ApplyContext): Applied {
    const write = new Write(this.#revision, context.time);
    const result = this.#apply(command, write);
    return { result, changes: write.changes };
  }

  /** Throws `CompactedError` or `FutureRevisionError`. */
  range(request: storagev1.RangeRequest): storagev1.RangeResponse {
    const revision = this.#readable(request.revision);
    const keys = keyRange(request.key, request.rangeEnd);
    const kvs: storagev1.KeyValue[] = [];
    let count = 0;
    for (const kv of this.#index.range(keys, revision)) {
      count++;
      if (request.countOnly || (request.limit > 0 && count > request.limit)) continue;
      kvs.push(request.keysOnly ? { ...kv, value: NO_VALUE } : kv);
    }
    return { kvs, count, more: !request.countOnly && kvs.length < count, revision };
  }

  /** Changes made at `revision`; empty where it changed nothing, `undefined` where they are no longer (or not yet) known. */
  changesAt(revision: number): readonly Change[] | undefined {
    return revision <= this.#compactRevision ? undefined : this.#history[revision - this.#compactRevision - 1];
  }

  /** Is there a lease to revoke at `now`? */
  hasExpiredLeases(now: Milliseconds): boolean {
    return this.#leases.expired(now, 1).length > 0;
  }

  #apply(command: Command, write: Write): CommandResult {
    switch (command.$case) {
      case 'txn':
        return { $case: 'txn', value: this.#txn(command.value, write) };
      case 'compact':
        this.#compact(command.value.revision);
        return { $case: 'compact', value: {} };
      case 'leaseGrant': {
        const { id, ttlSeconds } = this.#leases.grant(command.value.id, command.value.ttlSeconds, write.time);
        return { $case: 'leaseGrant', value: { id, ttlSeconds } };
      }
      case 'leaseRevoke':
        this.#revoke(command.value.id, write);
        return { $case: 'leaseRevoke', value: {} };
      case 'leaseKeepAlive': {
        const { ttlSeconds } = this.#leases.keepAlive(command.value.id, write.time);
        return { $case: 'leaseKeepAlive', value: { ttlSeconds } };
      }
      case 'expireLeases':
        for (const { id } of this.#leases.expired(write.time, EXPIRED_LEASES_MAX)) this.#revoke(id, write);
        return { $case: 'leaseRevoke', value: {} };
      case 'skipRevisions':
        this.#skipRevisions(command.revision);
        return { $case: 'compact', value: {} };
      default:
        return command satisfies never;
    }
  }

  // Transactions.

  #txn(txn: storagev1.TxnRequest, write: Write): storagev1.TxnResponse {
    checkTxn(txn);
    const succeeded = txn.compare.every((compare) => holds(compare, this.#index.newest(keyText(compare.key))));
    const operations = succeeded ? txn.success : txn.failure;
    this.#checkPossible(operations);
    const results = operations.map((operation) => this.#operate(operation, write));
    return { succeeded, results, revision: this.#revision };
  }

  /** All that can fail in a transaction fails here, before its first change. */
  #checkPossible(operations: readonly storagev1.Operation[]): void {
    for (const { operation } of operations) {
      if (operation?.$case === 'range') this.#readable(operation.value.revision);
      if (operation?.$case === 'put' && operation.value.lease !== 0) this.#leases.get(operation.value.lease);
    }
  }

  #operate({ operation }: storagev1.Operation, write: Write): storagev1.OperationResult {
    switch (operation?.$case) {
      case 'range':
        return { result: { $case: 'range', value: this.range(operation.value) } };
      case 'put':
        return { result: { $case: 'put', value: { previous: this.#put(operation.value, write) } } };
      case 'deleteRange': {
        const keys = keyRange(operation.value.key, operation.value.rangeEnd);
        const deleted = [...this.#index.range(keys, this.#revision)];
        for (const kv of deleted) this.#delete(keyText(kv.key), kv, write);
        return { result: { $case: 'deleteRange', value: { deleted } } };
      }
      default:
        throw new InvalidCommandError('etcdserver: operation is empty');
    }
  }

  #put(put: storagev1.Put, write: Write): storagev1.KeyValue | undefined {
    const key = keyText(put.key);
    const previous = this.#index.newest(key);
    const revision = this.#nextRevision(key, write);
    const current: storagev1.KeyValue = {
      key: put.key,
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      value: put.value,
      lease: put.lease,
    };
    if (previous !== undefined) this.#leases.detach(previous.lease, key);
    this.#leases.attach(put.lease, key);
    this.#record({ revision, key, time: write.time, current, previous }, write);
    return previous;
  }

  #delete(key: string, previous: storagev1.KeyValue, write: Write): void {
    this.#leases.detach(previous.lease, key);
    const revision = this.#nextRevision(key, write);
    this.#record({ revision, key, time: write.time, current: undefined, previous }, write);
  }

  /** Changes of one command share a revision, unless both the key and one before it want theirs for themselves. */
  #nextRevision(key: string, write: Write): number {
    const own = this.#ownRevision(key);
    const shared = this.#revision > write.startRevision && !(own && write.ownTaken);
    if (!shared) {
      this.#revision++;
      this.#history.push([]);
      write.ownTaken = false;
    }
    write.ownTaken ||= own;
    return this.#revision;
  }

  #record(change: Change, write: Write): void {
    this.#index.set(change.key, change.revision, change.current);
    this.#history.at(-1)?.push(change);
    write.changes.push(change);
  }

  // Leases and compaction.

  #revoke(id: number, write: Write): void {
    const lease = this.#leases.get(id);
    for (const key of [...lease.keys].sort()) {
      const previous = this.#index.newest(key);
      invariant(previous !== undefined, `key ${key} of lease ${id} does not exist`);
      this.#delete(key, previous, write);
    }
    this.#leases.remove(id);
  }

  #compact(revision: number): void {
    if (revision <= this.#compactRevision) throw new CompactedError(revision, this.#compactRevision);
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    const gone = this.#history.splice(0, revision - this.#compactRevision);
    for (const { key } of gone.flat()) this.#index.compact(key, revision);
    this.#compactRevision = revision;
  }

  #skipRevisions(revision: number): void {
    if (revision < this.#revision) return;
    if (this.#compactRevision < this.#revision) this.#compact(this.#revision);
    this.#revision = revision + 2;
    this.#compactRevision = revision + 1;
    this.#history = [[]];
  }

  #readable(revision: number): number {
    if (revision === 0) return this.#revision;
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    if (revision < this.#compactRevision) throw new CompactedError(revision, this.#compactRevision);
    return revision;
  }
}

const NO_VALUE = new Uint8Array(0);

/** What one command has changed so far. */
class Write {
  readonly changes: Change[] = [];
  /** Does the newest revision hold a change of a key that wants a revision for itself? */
  ownTaken = false;
  constructor(
    readonly startRevision: number,
    readonly time: Milliseconds,
  ) {}
}

/** A single put as a command. */
export function putCommand(key: string, value: Uint8Array, lease = 0): Command {
  const put: storagev1.Put = { key: keyBytes(key), value, lease };
  return { $case: 'txn', value: { compare: [], success: [{ operation: { $case: 'put', value: put } }], failure: [] } };
}
