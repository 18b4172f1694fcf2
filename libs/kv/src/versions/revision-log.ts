const CAPACITY_MIN = 64;

/** Versions in the order in which they were made: a queue of row numbers that is read anywhere and shortened at the front. */
export class RevisionLog {
  #rows = new Int32Array(CAPACITY_MIN);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** `position` counts from the front. */
  at(position: number): number {
    return this.#rows[this.#head + position] as number;
  }

  push(row: number): void {
    if (this.#head + this.#length === this.#rows.length) this.#makeRoom();
    this.#rows[this.#head + this.#length++] = row;
  }

  shift(): void {
    this.#head++;
    this.#length--;
  }

  /** Puts rows that were added in another order into theirs. */
  sort(compare: (a: number, b: number) => number): void {
    this.#rows.subarray(this.#head, this.#head + this.#length).sort(compare);
  }

  /** The first position whose row is not before `revision`. */
  firstFrom(revision: number, revisions: Float64Array): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((revisions[this.at(middle)] as number) < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    const kept = this.#rows.subarray(this.#head, this.#head + this.#length);
    const capacity = Math.max(CAPACITY_MIN, Math.ceil(this.#length * 1.5));
    const rows = new Int32Array(capacity);
    rows.set(kept);
    this.#rows = rows;
    this.#head = 0;
  }
}
