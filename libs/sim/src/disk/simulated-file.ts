import type { Random } from '@orrery/runtime';

/** What a disk writes as a whole, or not at all. */
const SECTOR_BYTES = 512;

interface Region {
  readonly offset: number;
  readonly end: number;
}

/**
 * One file in two images: what processes see (the page cache), and what the platters hold. A sync brings the second up to the first; a power cut
 * leaves the second, with any of the sectors under way.
 */
export class SimulatedFile {
  #seen = new Uint8Array(0);
  #seenLength = 0;
  #safe = new Uint8Array(0);
  #safeLength = 0;
  /** Written and not synced. */
  #pending: Region[] = [];
  /** Where the file was cut since the last sync. */
  #cutTo = Number.POSITIVE_INFINITY;
  /** Ends of the last syncs' writes: what stands before all of them is no unfinished write, whoever looks. */
  #settledEnds = [0, 0, 0];
  #lastKeptEnd = 0;

  get size(): number {
    return this.#seenLength;
  }

  /** Is there something that has been safe for a while? */
  get isSettled(): boolean {
    return Math.min(...this.#settledEnds) > 0;
  }

  contents(): Uint8Array {
    return this.#seen.slice(0, this.#seenLength);
  }

  read(offset: number, length: number): Uint8Array {
    return this.#seen.slice(offset, Math.min(offset + length, this.#seenLength));
  }

  write(offset: number, data: Uint8Array): void {
    const end = offset + data.length;
    this.#seen = grown(this.#seen, end);
    this.#seen.set(data, offset);
    this.#seenLength = Math.max(this.#seenLength, end);
    this.#pending.push({ offset, end });
  }

  /** A power cut before the next sync may undo it. */
  truncate(size: number): void {
    if (size >= this.#seenLength) return;
    this.#seen.fill(0, size, this.#seenLength);
    this.#seenLength = size;
    this.#cutTo = Math.min(this.#cutTo, size);
    this.#pending = this.#pending
      .filter(({ offset }) => offset < size)
      .map(({ offset, end }) => ({ offset, end: Math.min(end, size) }));
    this.#settledEnds = this.#settledEnds.map((end) => Math.min(end, size));
  }

  /** Grows with zeros, durably. */
  allocate(size: number): void {
    if (size <= this.#seenLength) return;
    this.#cutSafely();
    this.#seen = grown(this.#seen, size);
    this.#safe = grown(this.#safe, size);
    this.#seenLength = size;
    this.#safeLength = Math.max(this.#safeLength, size);
  }

  /** Begins a sync: the returned function ends it, for what had been written by now. */
  beginSync(): () => void {
    const count = this.#pending.length;
    return () => {
      this.#cutSafely();
      for (const { offset, end } of this.#pending.splice(0, count)) this.#keep(offset, end);
      this.#settle();
    };
  }

  /** Ends the write of one region that was to be durable by itself. */
  keepRegion(offset: number, end: number): void {
    this.#pending = this.#pending.filter((region) => region.offset !== offset || region.end !== end);
    if (offset <= this.#safeLength) this.#keep(offset, Math.min(end, this.#seenLength));
    this.#settle();
  }

  /** The kernel reports the error once and forgets which pages it was about: some of them will never be written. */
  failSync(random: Random): void {
    for (const sector of sectorsOf(this.#pending)) {
      if (random.next() < 0.5) this.#keep(sector.offset, sector.end);
    }
    this.#pending = [];
  }

  /** Power cut: of what was not synced any sectors are there, in any order, some of them half written. */
  crash(random: Random): void {
    if (random.next() < 0.5) this.#cutSafely();
    this.#cutTo = Number.POSITIVE_INFINITY;
    for (const { offset, end } of sectorsOf(this.#pending)) {
      const fate = random.next();
      if (fate < 0.5) this.#keep(offset, end);
      else if (fate < 0.6) this.#keepTorn(offset, end, random);
    }
    this.#pending = [];
    this.#seen = this.#safe.slice();
    this.#seenLength = this.#safeLength;
  }

  /** A bit flips in what has been safe for a while. Answers where, or `undefined` where there is nothing. */
  rot(random: Random): number | undefined {
    const length = Math.min(...this.#settledEnds);
    if (length === 0) return undefined;
    const at = random.integer(length);
    const flipped = (this.#safe[at] ?? 0) ^ (1 << random.integer(8));
    this.#safe[at] = flipped;
    this.#seen[at] = flipped;
    return at;
  }

  #settle(): void {
    this.#settledEnds = [...this.#settledEnds.slice(1), this.#lastKeptEnd];
  }

  #cutSafely(): void {
    if (this.#cutTo < this.#safeLength) {
      this.#safe.fill(0, this.#cutTo, this.#safeLength);
      this.#safeLength = this.#cutTo;
    }
    this.#cutTo = Number.POSITIVE_INFINITY;
  }

  #keep(offset: number, end: number): void {
    if (end <= offset) return;
    this.#safe = grown(this.#safe, end);
    this.#safe.set(this.#seen.subarray(offset, end), offset);
    this.#safeLength = Math.max(this.#safeLength, end);
    this.#lastKeptEnd = end;
  }

  #keepTorn(offset: number, end: number, random: Random): void {
    const whole = offset + random.integer(end - offset);
    this.#keep(offset, end);
    for (let at = whole; at < end; at++) this.#safe[at] = random.integer(256);
  }
}

function* sectorsOf(regions: readonly Region[]): Generator<Region> {
  for (const { offset, end } of regions) {
    for (let at = offset; at < end; ) {
      const next = Math.min(end, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      yield { offset: at, end: next };
      at = next;
    }
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  if (size <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(size, 2 * bytes.length, 1_024));
  larger.set(bytes);
  return larger;
}
