/** No version, no key. */
export const NONE = -1;

const CAPACITY_MIN = 64;

/**
 * The facts of all versions of all keys, a column each: a version is a row number and costs no object. Rows are used again after they were freed.
 */
export class VersionTable {
  modRevision = new Float64Array(CAPACITY_MIN);
  /** Position among the changes of its revision, from 0. */
  sub = new Uint32Array(CAPACITY_MIN);
  createRevision = new Float64Array(CAPACITY_MIN);
  /** Changes since creation, from 1; 0: the key was deleted here. */
  version = new Float64Array(CAPACITY_MIN);
  lease = new BigInt64Array(CAPACITY_MIN);
  /** When it was made, by the clock of the member that proposed it. */
  time = new Float64Array(CAPACITY_MIN);
  key = new Int32Array(CAPACITY_MIN);
  /** The version of the same key before; in free rows, the next free one. */
  older = new Int32Array(CAPACITY_MIN);
  /** Where its record is in the arena. */
  slab = new Int32Array(CAPACITY_MIN);
  offset = new Uint32Array(CAPACITY_MIN);
  length = new Uint32Array(CAPACITY_MIN);
  /** Where the value begins in the record. */
  valueAt = new Uint32Array(CAPACITY_MIN);
  valueLength = new Uint32Array(CAPACITY_MIN);

  #capacity = CAPACITY_MIN;
  #rows = 0;
  #free = NONE;
  #count = 0;

  /** Rows in use. */
  get count(): number {
    return this.#count;
  }

  allocate(): number {
    this.#count++;
    const row = this.#free;
    if (row !== NONE) {
      this.#free = this.older[row] as number;
      return row;
    }
    if (this.#rows === this.#capacity) this.#grow();
    return this.#rows++;
  }

  free(row: number): void {
    this.#count--;
    this.slab[row] = NONE;
    this.older[row] = this.#free;
    this.#free = row;
  }

  isDeletion(row: number): boolean {
    return this.version[row] === 0;
  }

  #grow(): void {
    const capacity = Math.ceil(this.#capacity * 1.5);
    this.#capacity = capacity;
    this.modRevision = grown(this.modRevision, new Float64Array(capacity));
    this.sub = grown(this.sub, new Uint32Array(capacity));
    this.createRevision = grown(this.createRevision, new Float64Array(capacity));
    this.version = grown(this.version, new Float64Array(capacity));
    this.lease = grown(this.lease, new BigInt64Array(capacity));
    this.time = grown(this.time, new Float64Array(capacity));
    this.key = grown(this.key, new Int32Array(capacity));
    this.older = grown(this.older, new Int32Array(capacity));
    this.slab = grown(this.slab, new Int32Array(capacity));
    this.offset = grown(this.offset, new Uint32Array(capacity));
    this.length = grown(this.length, new Uint32Array(capacity));
    this.valueAt = grown(this.valueAt, new Uint32Array(capacity));
    this.valueLength = grown(this.valueLength, new Uint32Array(capacity));
  }
}

function grown<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}
