import { storagev1 } from '@orrery/proto';
import { keyText } from '../key.ts';
import { LeaseTable } from '../leases/lease-table.ts';
import type { StoreState } from '../store-state.ts';
import { VersionStore } from '../versions/version-store.ts';
import { NONE } from '../versions/version-table.ts';
import { type Frame, FrameWriter, SnapshotFormatError } from './frames.ts';

/** Frames of the store have kinds below this one; what is written around it may use the others. */
export const STORE_FRAME_KINDS_END = 16;

const FORMAT_VERSION = 1;
const KIND_HEAD = 1;
const KIND_LEASE = 2;
const KIND_VERSION = 3;
const KIND_END = 4;
/** Format version (u8), revision, compact revision, last chosen lease (f64 each). */
const HEAD_BYTES = 25;
/** Identifier (i64), time to live in seconds (f64). */
const LEASE_BYTES = 16;
/** Revision (f64), position in it (u32), time (f64), deletion (u8); the record of the version follows. */
const VERSION_HEAD_BYTES = 21;
/** Bytes gathered before others get a turn. */
const SLICE_BYTES = 256 * 1024;

/**
 * The state at the moment of construction as chunks of whole frames: made while they are asked for, though the store is written to meanwhile. The same
 * state gives the same bytes, however far what was compacted has been freed. Whoever stops early has to call `return`, as `for … of` does.
 */
export class StoreSnapshot implements IterableIterator<Uint8Array> {
  readonly #versions: VersionStore;
  readonly #revision: number;
  readonly #compactRevision: number;
  readonly #unpin: () => void;
  readonly #writer = new FrameWriter();
  /** The first key that has not been written; `undefined` at the end. */
  #from: string | undefined = '';
  #count = 0;

  constructor({ versions, leases, revision, compactRevision }: StoreState) {
    this.#versions = versions;
    this.#revision = revision;
    this.#compactRevision = compactRevision;
    this.#unpin = versions.pin();
    this.#writer.add(KIND_HEAD, headContent(revision, compactRevision, leases.lastChosen));
    for (const { id, ttlSeconds } of leases.all()) this.#writer.add(KIND_LEASE, leaseContent(id, ttlSeconds));
  }

  next(): IteratorResult<Uint8Array, undefined> {
    if (this.#from === undefined) return { done: true, value: undefined };
    this.#from = this.#addKeys(this.#from);
    if (this.#from === undefined) {
      this.#unpin();
      this.#writer.add(KIND_END, endContent(this.#count));
    }
    return { done: false, value: this.#writer.take() };
  }

  return(): IteratorResult<Uint8Array, undefined> {
    this.#from = undefined;
    this.#unpin();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Returns where the next slice begins. */
  #addKeys(from: string): string | undefined {
    let next: string | undefined;
    this.#versions.visitKnown(from, (key, newest) => {
      if (this.#writer.bytes >= SLICE_BYTES) {
        next = key;
        return false;
      }
      this.#addKey(newest);
      return true;
    });
    return next;
  }

  /** The key's versions, oldest first: those made after the compaction, and before them the one that stood there when it was made. */
  #addKey(newest: number): void {
    const versions = this.#versions;
    const kept: number[] = [];
    let row = versions.versionAt(newest, this.#revision);
    for (; row !== NONE && versions.modRevision(row) > this.#compactRevision; row = versions.older(row)) kept.push(row);
    if (row !== NONE && !versions.isDeletion(row)) kept.push(row);
    for (const one of kept.reverse()) this.#writer.add(KIND_VERSION, versionHead(versions, one), versions.record(one));
    this.#count += kept.length;
  }
}

/** Builds a store's state from the frames of a snapshot. Throws `SnapshotFormatError`. */
export class StoreRestoration {
  readonly #versions = new VersionStore();
  readonly #leases: LeaseTable;
  #revision = 0;
  #compactRevision = 0;
  #count = 0;
  #expected: number | undefined;

  constructor(leaseTtlMinSeconds: number) {
    this.#leases = new LeaseTable(leaseTtlMinSeconds);
  }

  add({ kind, content }: Frame): void {
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    switch (kind) {
      case KIND_HEAD:
        this.#readHead(view);
        break;
      case KIND_LEASE:
        this.#leases.restore(String(view.getBigInt64(0)), view.getFloat64(8));
        break;
      case KIND_VERSION:
        this.#readVersion(view, content);
        break;
      case KIND_END:
        this.#expected = view.getFloat64(0);
        break;
      default:
        throw new SnapshotFormatError(`a frame of the store of unknown kind ${kind}`);
    }
  }

  finish(): StoreState {
    if (this.#expected !== this.#count) {
      throw new SnapshotFormatError(`the snapshot has ${this.#count} versions, not ${this.#expected ?? 'its end'}`);
    }
    this.#versions.sortHistory();
    this.#versions.compact(this.#compactRevision);
    this.#attachLeases();
    return {
      versions: this.#versions,
      leases: this.#leases,
      revision: this.#revision,
      compactRevision: this.#compactRevision,
    };
  }

  #readHead(view: DataView): void {
    const format = view.getUint8(0);
    if (format !== FORMAT_VERSION) {
      throw new SnapshotFormatError(`a store of format version ${format}, this release knows ${FORMAT_VERSION}`);
    }
    this.#revision = view.getFloat64(1);
    this.#compactRevision = view.getFloat64(9);
    this.#leases.restoreLastChosen(view.getFloat64(17));
  }

  #readVersion(view: DataView, content: Uint8Array): void {
    this.#count++;
    const kv = storagev1.KeyValue.decode(content.subarray(VERSION_HEAD_BYTES));
    const made = {
      key: keyText(kv.key),
      revision: view.getFloat64(0),
      sub: view.getUint32(8),
      time: view.getFloat64(12),
    };
    if (view.getUint8(20) === 1) this.#versions.delete(made);
    else this.#versions.put({ ...kv, ...made, lease: BigInt(kv.lease) });
  }

  /** Which keys hang on a lease is told by the keys' newest versions. */
  #attachLeases(): void {
    const versions = this.#versions;
    versions.visitKnown('', (key, newest) => {
      const lease = versions.lease(newest);
      if (lease !== 0n) this.#leases.attach(String(lease), key);
      return true;
    });
  }
}

function headContent(revision: number, compactRevision: number, lastChosenLease: number): Uint8Array {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes[0] = FORMAT_VERSION;
  bytes.writeDoubleBE(revision, 1);
  bytes.writeDoubleBE(compactRevision, 9);
  bytes.writeDoubleBE(lastChosenLease, 17);
  return bytes;
}

function leaseContent(id: string, ttlSeconds: number): Uint8Array {
  const bytes = Buffer.alloc(LEASE_BYTES);
  bytes.writeBigInt64BE(BigInt(id), 0);
  bytes.writeDoubleBE(ttlSeconds, 8);
  return bytes;
}

function versionHead(versions: VersionStore, row: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(VERSION_HEAD_BYTES);
  bytes.writeDoubleBE(versions.modRevision(row), 0);
  bytes.writeUInt32BE(versions.sub(row), 8);
  bytes.writeDoubleBE(versions.time(row), 12);
  bytes[20] = Number(versions.isDeletion(row));
  return bytes;
}

function endContent(count: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(count, 0);
  return bytes;
}
