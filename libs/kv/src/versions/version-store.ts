import type { storagev1 } from '@orrery/proto';
import { invariant, type Milliseconds } from '@orrery/runtime';
import type { KeyRange } from '../key.ts';
import { KeyIndex } from './key-index.ts';
import { type KeyValueFields, keyOffset, recordBytes, valueOffset, writeRecord } from './key-value-record.ts';
import { RevisionLog } from './revision-log.ts';
import { type RecordMoves, SlabArena } from './slab-arena.ts';
import { NONE, VersionTable } from './version-table.ts';

/** What a version costs beside its record: a row of the table, a place in the log, its share of the key index. */
const VERSION_OVERHEAD_BYTES = 96;
/** History entries that are looked at before slabs are. */
const FREE_SLICE = 256;
const RECLAIM_SLICE_BYTES = 64 * 1024;

export interface NewVersion {
  readonly key: string;
  readonly revision: number;
  readonly sub: number;
  readonly time: Milliseconds;
}

export interface PutVersion extends NewVersion, KeyValueFields {}

/**
 * All versions of all keys that are kept, addressed by row numbers. Facts lie in typed arrays, keys with their values in slabs, so that neither burdens
 * the garbage collector; what is answered are views into the slabs, which stay valid and never change.
 */
export class VersionStore implements RecordMoves {
  readonly #table = new VersionTable();
  readonly #arena = new SlabArena();
  readonly #index = new KeyIndex();
  /** Versions after the last compaction that was carried out to the end, and those that it has still to look at. */
  readonly #log = new RevisionLog();
  /** Versions up to here may go where a newer one up to here replaces them. */
  #compactTo = 0;
  #pins = 0;

  /** Keys that exist now. */
  get live(): number {
    return this.#index.live;
  }
  get bytesUsed(): number {
    return this.#arena.bytesUsed + this.#table.count * VERSION_OVERHEAD_BYTES;
  }
  get bytesAllocated(): number {
    return this.#arena.bytesAllocated + this.#table.count * VERSION_OVERHEAD_BYTES;
  }

  /** The newest version of a key that exists; otherwise `NONE`. */
  newest(key: string): number {
    const id = this.#index.find(key);
    if (id === NONE) return NONE;
    const row = this.#index.newest(id);
    return this.#table.isDeletion(row) ? NONE : row;
  }

  put(version: PutVersion): number {
    const row = this.#table.allocate();
    const length = recordBytes(version);
    const offset = this.#arena.reserve(row, length);
    const slab = this.#arena.reservedSlab;
    writeRecord(this.#arena.bytes(slab), offset, version);
    const table = this.#table;
    table.slab[row] = slab;
    table.offset[row] = offset;
    table.length[row] = length;
    table.valueAt[row] = valueOffset(version);
    table.valueLength[row] = version.value.length;
    table.createRevision[row] = version.createRevision;
    table.version[row] = version.version;
    table.lease[row] = version.lease;
    this.#append(row, version, true);
    return row;
  }

  delete(deletion: NewVersion): number {
    const row = this.#table.allocate();
    const fields = { ...NO_FIELDS, key: deletion.key };
    const length = recordBytes(fields);
    const offset = this.#arena.reserve(row, length);
    const slab = this.#arena.reservedSlab;
    writeRecord(this.#arena.bytes(slab), offset, fields);
    const table = this.#table;
    table.slab[row] = slab;
    table.offset[row] = offset;
    table.length[row] = length;
    table.valueAt[row] = length;
    table.valueLength[row] = 0;
    table.createRevision[row] = 0;
    table.version[row] = 0;
    table.lease[row] = 0n;
    this.#append(row, deletion, false);
    return row;
  }

  // Reading.

  /** Calls `visit` for what the range held at `revision`, in order of keys, until it answers false. `isNewest`: `revision` is the newest. */
  visit(range: KeyRange, revision: number, isNewest: boolean, visit: (row: number) => boolean): void {
    if (range.kind === 'one') {
      const id = this.#index.find(range.key);
      const row = id === NONE ? NONE : this.#at(id, revision);
      if (row !== NONE) visit(row);
      return;
    }
    this.#index.visit(range.from, range.to, isNewest, (id) => {
      const row = this.#at(id, revision);
      return row === NONE || visit(row);
    });
  }

  /** Calls `visit` for each key that is known, from `from` on, whether it exists or not, with its newest version, until it answers false. */
  visitKnown(from: string, visit: (key: string, newest: number) => boolean): void {
    this.#index.visit(from, undefined, false, (id) => visit(this.#index.name(id), this.#index.newest(id)));
  }

  /** Keys of the range that exist now. */
  countLive(range: KeyRange): number {
    if (range.kind === 'one') return this.newest(range.key) === NONE ? 0 : 1;
    return this.#index.countLive(range.from, range.to);
  }

  key(row: number): string {
    return this.#index.name(this.#table.key[row] as number);
  }
  createRevision(row: number): number {
    return this.#table.createRevision[row] as number;
  }
  modRevision(row: number): number {
    return this.#table.modRevision[row] as number;
  }
  sub(row: number): number {
    return this.#table.sub[row] as number;
  }
  version(row: number): number {
    return this.#table.version[row] as number;
  }
  lease(row: number): bigint {
    return this.#table.lease[row] as bigint;
  }
  time(row: number): Milliseconds {
    return this.#table.time[row] as number;
  }
  isDeletion(row: number): boolean {
    return this.#table.isDeletion(row);
  }

  value(row: number): Uint8Array {
    const table = this.#table;
    return this.#view(row, table.valueAt[row] as number, table.valueLength[row] as number);
  }

  /** The version as etcd keeps it: see `KeyValueFields`. */
  record(row: number): Uint8Array {
    return this.#view(row, 0, this.#table.length[row] as number);
  }

  keyValue(row: number, withValue = true): storagev1.KeyValue {
    const table = this.#table;
    const keyLength = this.key(row).length;
    const lease = table.lease[row] as bigint;
    return {
      key: this.#view(row, keyOffset(keyLength), keyLength),
      createRevision: table.createRevision[row] as number,
      modRevision: table.modRevision[row] as number,
      version: table.version[row] as number,
      value: withValue ? this.value(row) : NO_BYTES,
      lease: lease === 0n ? '0' : String(lease),
    };
  }

  /** What the key was before `row`, where it existed; otherwise `NONE`. */
  previous(row: number): number {
    const older = this.#table.older[row] as number;
    return older === NONE || this.#table.isDeletion(older) ? NONE : older;
  }

  /** The newest version of the row's key that is not after `revision`, deletions included; otherwise `NONE`. */
  versionAt(row: number, revision: number): number {
    const { modRevision, older } = this.#table;
    let at = row;
    while (at !== NONE && (modRevision[at] as number) > revision) at = older[at] as number;
    return at;
  }

  /** The version before, deletions included; otherwise `NONE`. */
  older(row: number): number {
    return this.#table.older[row] as number;
  }

  /** Versions made from `from` up to and with `to`, in order, until `visit` answers false. */
  visitMade(from: number, to: number, visit: (row: number) => boolean): void {
    const { modRevision } = this.#table;
    for (let at = this.#log.firstFrom(from, modRevision); at < this.#log.length; at++) {
      const row = this.#log.at(at);
      if ((modRevision[row] as number) > to || !visit(row)) return;
    }
  }

  /** Order in which versions were made. */
  compareAge(a: number, b: number): number {
    const { modRevision, sub } = this.#table;
    const byRevision = (modRevision[a] as number) - (modRevision[b] as number);
    return byRevision !== 0 ? byRevision : (sub[a] as number) - (sub[b] as number);
  }

  /** To be called after versions were added key by key instead of in the order in which they were made. */
  sortHistory(): void {
    this.#log.sort((a, b) => this.compareAge(a, b));
  }

  // Compaction.

  /** What is not needed to tell the states from `revision` on may be freed. */
  compact(revision: number): void {
    this.#compactTo = revision;
  }

  /** Until the returned function is called nothing is freed, so that what is kept now can be read bit by bit. */
  pin(): () => void {
    this.#pins++;
    let pinned = true;
    return () => {
      if (pinned) this.#pins--;
      pinned = false;
    };
  }

  get isPinned(): boolean {
    return this.#pins > 0;
  }

  /** Frees a bounded part of what compaction has left behind. True: there is more. */
  freeSlice(): boolean {
    if (this.#pins > 0) return false;
    for (let n = 0; n < FREE_SLICE; n++) {
      if (!this.#freeNext()) return this.#arena.reclaim(this, RECLAIM_SLICE_BYTES);
    }
    return true;
  }

  isAt(row: number, slab: number, offset: number): boolean {
    return this.#table.slab[row] === slab && this.#table.offset[row] === offset;
  }

  moved(row: number, slab: number, offset: number): void {
    this.#table.slab[row] = slab;
    this.#table.offset[row] = offset;
  }

  /**
   * The first version in the log, if compaction covers it: the one that it replaced goes; and where it is a deletion that nothing followed, itself and its
   * key. A deletion that was followed goes with its successor, which hides it until then.
   */
  #freeNext(): boolean {
    if (this.#log.length === 0) return false;
    const row = this.#log.at(0);
    if ((this.#table.modRevision[row] as number) > this.#compactTo) return false;
    this.#log.shift();
    const older = this.#table.older[row] as number;
    if (older !== NONE) this.#free(older);
    this.#table.older[row] = NONE;
    const id = this.#table.key[row] as number;
    if (this.#table.isDeletion(row) && this.#index.newest(id) === row) {
      this.#index.delete(id);
      this.#free(row);
    }
    return true;
  }

  #free(row: number): void {
    const { slab, length, older } = this.#table;
    invariant(older[row] === NONE, `version ${row} is freed before the one it replaced`);
    this.#arena.release(slab[row] as number, length[row] as number);
    this.#table.free(row);
  }

  #append(row: number, { key, revision, sub, time }: NewVersion, exists: boolean): void {
    const table = this.#table;
    table.modRevision[row] = revision;
    table.sub[row] = sub;
    table.time[row] = time;
    const known = this.#index.find(key);
    table.older[row] = known === NONE ? NONE : this.#index.newest(known);
    table.key[row] = this.#index.set(key, row, exists);
    this.#log.push(row);
  }

  #at(id: number, revision: number): number {
    const row = this.versionAt(this.#index.newest(id), revision);
    return row === NONE || this.#table.isDeletion(row) ? NONE : row;
  }

  #view(row: number, from: number, length: number): Uint8Array {
    if (length === 0) return NO_BYTES;
    const slab = this.#arena.bytes(this.#table.slab[row] as number);
    return new Uint8Array(slab.buffer, slab.byteOffset + (this.#table.offset[row] as number) + from, length);
  }
}

const NO_BYTES = new Uint8Array(0);
const NO_FIELDS = { createRevision: 0, modRevision: 0, version: 0, value: NO_BYTES, lease: 0n };
