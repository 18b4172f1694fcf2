import { invariant } from '@orrery/runtime';

/**
 * A slab's largest size; the first ones are smaller, so that a small store is small. Just more than what glibc's malloc ever takes from its own heap
 * (`DEFAULT_MMAP_THRESHOLD_MAX`): smaller ones would stay with the process after they were freed. What was never written takes no memory.
 */
const SLAB_BYTES_MAX = 33 * 1024 * 1024;
const SLAB_BYTES_MIN = 64 * 1024;
/** A larger record gets a slab of exactly its size. */
const SHARED_RECORD_BYTES_MAX = 256 * 1024;
/** A slab of which less than this share is in use is emptied, so that its memory can be given back. */
const FILL_MIN = 0.75;
/** Owner (u32) and length (u32) before each record: who empties a slab finds its records by them. */
const HEAD_BYTES = 8;

interface Slab {
  readonly bytes: Buffer;
  /** End of the last record. */
  used: number;
  /** Bytes of records that are still wanted, with their heads. */
  live: number;
}

/** Where a record went when its slab was emptied. */
export interface RecordMoves {
  isAt(owner: number, slab: number, offset: number): boolean;
  moved(owner: number, slab: number, offset: number): void;
}

/**
 * Bytes off the JavaScript heap: records are appended to large buffers, which the garbage collector never looks into. Bytes that were written
 * once never change, so views into a slab stay valid as long as somebody holds them, also after the arena has let the slab go.
 */
export class SlabArena {
  #slabs: (Slab | undefined)[] = [];
  readonly #freeIds: number[] = [];
  /** The slab that records are appended to; -1: none yet. */
  #current = -1;
  #reserved = -1;
  #used = 0;
  #allocated = 0;
  /** Slabs that hold too little. */
  readonly #sparse = new Set<number>();
  /** How far the slab that is being emptied has been read. */
  #emptying: { readonly slab: number; offset: number } | undefined;

  constructor(private readonly slabBytesMax = SLAB_BYTES_MAX) {}

  /** Bytes of the records in use. */
  get bytesUsed(): number {
    return this.#used;
  }
  /** Bytes of all slabs, without what was never written. */
  get bytesAllocated(): number {
    const current = this.#slabs[this.#current];
    return current === undefined ? this.#allocated : this.#allocated - (current.bytes.length - current.used);
  }
  /** The slab of the last reservation. */
  get reservedSlab(): number {
    return this.#reserved;
  }

  bytes(slab: number): Buffer {
    const found = this.#slabs[slab];
    invariant(found !== undefined, `slab ${slab} is gone`);
    return found.bytes;
  }

  /** Makes room for a record in `reservedSlab` and returns where it begins. `owner` (u32) names it when it has to move. */
  reserve(owner: number, length: number): number {
    const bytes = HEAD_BYTES + length;
    const slab = this.#slabFor(bytes);
    const at = slab.used;
    slab.bytes.writeUInt32LE(owner, at);
    slab.bytes.writeUInt32LE(length, at + 4);
    slab.used += bytes;
    slab.live += bytes;
    this.#used += bytes;
    return at + HEAD_BYTES;
  }

  release(slabId: number, length: number): void {
    const slab = this.#slabs[slabId];
    invariant(slab !== undefined, `slab ${slabId} is gone`);
    slab.live -= HEAD_BYTES + length;
    this.#used -= HEAD_BYTES + length;
    if (slabId !== this.#current) this.#noticeSparse(slabId, slab);
  }

  /** Empties sparse slabs, copying at most about `bytesMax`. True: there is more to do. */
  reclaim(moves: RecordMoves, bytesMax: number): boolean {
    let copied = 0;
    while (copied < bytesMax) {
      const from = this.#nextSparse();
      if (from === undefined) return false;
      copied += this.#moveOne(from, moves);
    }
    return this.#sparse.size > 0;
  }

  #slabFor(bytes: number): Slab {
    if (bytes > SHARED_RECORD_BYTES_MAX) return this.#open(bytes);
    const current = this.#slabs[this.#current];
    if (current !== undefined && current.used + bytes <= current.bytes.length) {
      this.#reserved = this.#current;
      return current;
    }
    const before = this.#current;
    const size = Math.min(this.slabBytesMax, Math.max(SLAB_BYTES_MIN, bytes, this.#allocated));
    const slab = this.#open(size);
    this.#current = this.#reserved;
    if (current !== undefined) this.#noticeSparse(before, current);
    return slab;
  }

  #open(size: number): Slab {
    const slab = { bytes: Buffer.allocUnsafeSlow(size), used: 0, live: 0 };
    const id = this.#freeIds.pop() ?? this.#slabs.length;
    this.#slabs[id] = slab;
    this.#allocated += size;
    this.#reserved = id;
    return slab;
  }

  #noticeSparse(id: number, slab: Slab): void {
    if (slab.live === 0) this.#drop(id, slab);
    else if (slab.live < slab.bytes.length * FILL_MIN && slab.bytes.length <= this.slabBytesMax) this.#sparse.add(id);
  }

  #drop(id: number, slab: Slab): void {
    this.#slabs[id] = undefined;
    this.#freeIds.push(id);
    this.#sparse.delete(id);
    this.#allocated -= slab.bytes.length;
    if (this.#emptying?.slab === id) this.#emptying = undefined;
  }

  #nextSparse(): { readonly slab: number; offset: number } | undefined {
    if (this.#emptying !== undefined) return this.#emptying;
    const next = this.#sparse.keys().next();
    if (next.done) return undefined;
    this.#emptying = { slab: next.value, offset: 0 };
    return this.#emptying;
  }

  /** Moves the next record, if it is wanted. Returns the bytes looked at. The slab goes with its last record. */
  #moveOne(from: { readonly slab: number; offset: number }, moves: RecordMoves): number {
    const slab = this.#slabs[from.slab];
    invariant(slab !== undefined && from.offset < slab.used, `slab ${from.slab} has records beyond ${from.offset}`);
    const owner = slab.bytes.readUInt32LE(from.offset);
    const length = slab.bytes.readUInt32LE(from.offset + 4);
    const at = from.offset + HEAD_BYTES;
    from.offset = at + length;
    if (!moves.isAt(owner, from.slab, at)) return HEAD_BYTES;
    const to = this.reserve(owner, length);
    const target = this.#reserved;
    this.bytes(target).set(slab.bytes.subarray(at, at + length), to);
    moves.moved(owner, target, to);
    this.release(from.slab, length);
    return HEAD_BYTES + length;
  }
}
