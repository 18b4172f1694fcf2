import type { storagev1 } from '@orrery/proto';
import type { Applied, ApplyContext, Command, CommandResult } from './command.ts';
import { CommandRun } from './command-run.ts';
import { hashVersions, type StoreHash } from './hash/store-hash.ts';
import { type Change, type ChangesChoice, type ChangesUpTo, changesBetween, standingSince } from './history/changes.ts';
import type { KeyRange } from './key.ts';
import { CompactedError, FutureRevisionError, InvalidCommandError } from './kv-errors.ts';
import { type Lease, type LeaseId, LeaseTable } from './leases/lease-table.ts';
import { StoreRestoration, StoreSnapshot } from './snapshot/store-snapshot.ts';
import { FIRST_REVISION, rangeOf, readableRevision, type StoreState } from './store-state.ts';
import { checkTxn, mayChange } from './txn/txn-check.ts';
import { FrozenVersions, type KeptVersion } from './versions/frozen-versions.ts';
import { VersionStore } from './versions/version-store.ts';

export interface KvOptions {
  /** Is each change of this key to have a revision for itself, also inside one transaction? Default: no key. */
  readonly ownRevision?: (key: string) => boolean;
  /** Shorter leases are made this long. Default: 1. */
  readonly leaseTtlMinSeconds?: number;
}

/** All that a store holds at one revision. */
export interface FrozenStore {
  readonly revision: number;
  readonly compactRevision: number;
  readonly leases: readonly Pick<Lease, 'id' | 'ttlSeconds'>[];
  /** Run to its end, with pauses, before versions are asked for. */
  prepare(): Iterable<undefined>;
  /** In order of revision; as often as wanted, always the same although the store goes on. */
  versions(): Iterable<KeptVersion>;
  /** Lets go of it. May be called twice. */
  release(): void;
}

/**
 * A multi-version key-value store with etcd's semantics: every change has a revision, and every state since the last compaction can be
 * read. Deterministic: the same commands with the same contexts give the same store.
 *
 * An empty store is at revision 1; the first change makes revision 2. Keys and values are copied in; what is answered are views that never change.
 */
export class KvStore {
  #state: StoreState;
  readonly #compactionListeners: (() => void)[] = [];
  readonly #ownRevision: (key: string) => boolean;
  readonly #leaseTtlMinSeconds: number;
  #ownRevisionsFrom: number | undefined;

  constructor(options: KvOptions = {}) {
    this.#ownRevision = options.ownRevision ?? (() => false);
    this.#leaseTtlMinSeconds = options.leaseTtlMinSeconds ?? 1;
    const leases = new LeaseTable(this.#leaseTtlMinSeconds);
    this.#state = { versions: new VersionStore(), leases, revision: FIRST_REVISION, compactRevision: 0 };
  }

  get revision(): number {
    return this.#state.revision;
  }
  /** States before this revision are gone; 0: all are there. */
  get compactRevision(): number {
    return this.#state.compactRevision;
  }
  /** No key that wants its revision for itself has changed before; `undefined`: none has ever, as far as the store remembers. */
  get ownRevisionsFrom(): number | undefined {
    return this.#ownRevisionsFrom;
  }
  /** Keys that exist now. */
  get keys(): number {
    return this.#state.versions.live;
  }
  /** Bytes that the versions need which are kept or not yet freed. */
  get bytesUsed(): number {
    return this.#state.versions.bytesUsed;
  }
  /** Bytes that are set aside for them. */
  get bytesAllocated(): number {
    return this.#state.versions.bytesAllocated;
  }

  /** Changes nothing where it throws a `KvError`. */
  apply(command: Command, context: ApplyContext): Applied {
    const run = new CommandRun(this.#state, this.#ownRevision, context.time);
    const result = this.#apply(command, run);
    this.#ownRevisionsFrom ??= run.firstOwnRevision;
    this.#state.versions.freeSlice();
    return { result, changed: command.$case !== 'txn' || run.hasChanged };
  }

  /** Throws `CompactedError`, `FutureRevisionError` and `InvalidCommandError`. */
  range(request: storagev1.RangeRequest): storagev1.RangeResponse {
    return rangeOf(this.#state, request);
  }

  /** A transaction that only reads. Throws what `range` throws, and `InvalidCommandError` where it could change something. */
  readTxn(txn: storagev1.TxnRequest): storagev1.TxnResponse {
    checkTxn(txn);
    if (mayChange(txn)) throw new InvalidCommandError('etcdserver: the transaction changes something');
    return new CommandRun(this.#state, this.#ownRevision, 0).txn(txn);
  }

  /** Changes made at `revision`; empty where it changed nothing, `undefined` where they are no longer (or not yet) known. */
  changesAt(revision: number): readonly Change[] | undefined {
    if (revision <= this.#state.compactRevision || revision > this.#state.revision) return undefined;
    return this.changesBetween(revision, revision).changes;
  }

  /**
   * Changes of wanted keys from revision `from` on, up to and with `to`, in order; what is not after `compactRevision` is no longer known and left out. With bounds
   * it may end earlier, at the end of a revision, which `to` of the answer tells.
   */
  changesBetween(from: number, to: number, choice: ChangesChoice = {}): ChangesUpTo {
    return changesBetween(this.#state.versions, Math.max(from, this.#state.compactRevision + 1), to, choice);
  }

  /** Keys of the range that were put at `revision`, which history may no longer tell, and still stood there as it was over. */
  standingSince(range: KeyRange, revision: number): readonly Change[] {
    return standingSince(this.#state.versions, range, revision);
  }

  /** Calls `listener` before history goes: what it has not read then it may not find any more. */
  beforeCompaction(listener: () => void): void {
    this.#compactionListeners.push(listener);
  }

  lease(id: LeaseId): Lease | undefined {
    return this.#state.leases.find(id);
  }

  /** By identifier. */
  leases(): readonly Lease[] {
    return this.#state.leases.all();
  }

  /** The leases that exist, in no order. */
  leasesUnordered(): Iterable<Lease> {
    return this.#state.leases.values();
  }

  /** Frees a bounded part of what a compaction has left behind; every `apply` does so too. True: there is more. */
  freeSlice(): boolean {
    return this.#state.versions.freeSlice();
  }

  /** Does a snapshot, a backup or a hash hold on to history, so that nothing is freed? */
  get isPinned(): boolean {
    return this.#state.versions.isPinned;
  }

  // The whole of it.

  /** See `hashVersions`. 0 stands for the newest revision. Throws `CompactedError` and `FutureRevisionError`. */
  hash(revision = 0): StoreHash {
    const slices = this.hashInSlices(revision);
    for (;;) {
      const { done, value } = slices.next();
      if (done) return value;
    }
  }

  /** `hash`, to be run with pauses; the store may be written to meanwhile. Whoever gives up has to call `return`. */
  hashInSlices(revision = 0): Generator<undefined, StoreHash> {
    const compactRevision = this.#state.compactRevision;
    if (revision > 0 && revision <= compactRevision) throw new CompactedError(revision, compactRevision);
    return this.#hashSlices(compactRevision, readableRevision(this.#state, revision));
  }

  /** See `StoreSnapshot`. */
  snapshot(): StoreSnapshot {
    return new StoreSnapshot(this.#state);
  }

  /** Everything at this moment in order of revision, for a backup; while it is held nothing is freed. */
  freeze(): FrozenStore {
    const versions = new FrozenVersions(this.#state.versions, this.#state.revision, this.#state.compactRevision);
    return {
      revision: this.#state.revision,
      compactRevision: this.#state.compactRevision,
      leases: this.#state.leases.all().map(({ id, ttlSeconds }) => ({ id, ttlSeconds })),
      prepare: () => versions.prepare(),
      versions: () => versions.versions(),
      release: () => versions.release(),
    };
  }

  /** Takes the frames of a snapshot; the store is what it was until `restore` is called with it. */
  restoration(): StoreRestoration {
    return new StoreRestoration(this.#leaseTtlMinSeconds);
  }

  /** Becomes what the snapshot holds. Throws `SnapshotFormatError`, and then is what it was. */
  restore(restoration: Pick<StoreRestoration, 'finish'>): void {
    this.#state = restoration.finish();
    this.#ownRevisionsFrom = this.#knowsOwnRevisions() ? Math.max(1, this.compactRevision) : undefined;
  }

  #knowsOwnRevisions(): boolean {
    let found = false;
    this.#state.versions.visitKnown('', (key) => {
      found = this.#ownRevision(key);
      return !found;
    });
    return found;
  }

  *#hashSlices(compactRevision: number, hashRevision: number): Generator<undefined, StoreHash> {
    const hash = yield* hashVersions(this.#state.versions, compactRevision, hashRevision);
    return { hash, compactRevision, hashRevision };
  }

  #apply(command: Command, run: CommandRun): CommandResult {
    switch (command.$case) {
      case 'txn':
        checkTxn(command.value);
        return { $case: 'txn', value: run.txn(command.value) };
      case 'compact':
        this.#compact(command.value.revision);
        return { $case: 'compact', value: {} };
      case 'leaseGrant': {
        const { id, ttlSeconds } = this.#state.leases.grant(command.value.id, command.value.ttlSeconds);
        return { $case: 'leaseGrant', value: { id, ttlSeconds } };
      }
      case 'leaseRevoke':
        run.revoke(command.value.id);
        return { $case: 'leaseRevoke', value: {} };
      case 'revokeLeases':
        for (const id of command.ids) if (this.#state.leases.find(id) !== undefined) run.revoke(id);
        return { $case: 'leaseRevoke', value: {} };
      case 'skipRevisions':
        this.#skipRevisions(command.revision);
        return { $case: 'compact', value: {} };
      default:
        return command satisfies never;
    }
  }

  // Compaction.

  /** At once for whoever asks; the memory is given back bit by bit. */
  #compact(revision: number): void {
    if (revision <= this.#state.compactRevision) throw new CompactedError(revision, this.#state.compactRevision);
    if (revision > this.#state.revision) throw new FutureRevisionError(revision, this.#state.revision);
    this.#forgetBefore(revision);
  }

  #skipRevisions(revision: number): void {
    if (revision < this.#state.revision) return;
    this.#state.revision = revision + 2;
    this.#forgetBefore(revision + 1);
  }

  #forgetBefore(revision: number): void {
    for (const listener of this.#compactionListeners) listener();
    this.#state.compactRevision = revision;
    this.#state.versions.compact(revision);
  }
}
