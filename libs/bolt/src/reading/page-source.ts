/** Something that can be read at any position: a file, or bytes in memory. */
export interface RandomAccess {
  /** In bytes. */
  readonly size: number;
  /** Up to `length` bytes from `offset`; shorter only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Bytes fetched at once. */
const BLOCK_BYTES = 256 * 1024;
/** Blocks remembered; the least recently used one goes first. */
const BLOCKS_MAX = 16;

/** Reads small parts out of remembered blocks: a walk over a tree asks for neighbours. */
export class PageSource {
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(private readonly file: RandomAccess) {}

  get size(): number {
    return this.file.size;
  }

  /** Exactly these bytes, or `undefined` where the file ends before. They must not be changed. */
  async read(offset: number, length: number): Promise<Uint8Array | undefined> {
    if (offset + length > this.file.size) return undefined;
    const index = Math.floor(offset / BLOCK_BYTES);
    const within = offset - index * BLOCK_BYTES;
    const bytes =
      within + length <= BLOCK_BYTES
        ? (await this.#block(index)).subarray(within, within + length)
        : await this.file.read(offset, length);
    return bytes.length === length ? bytes : undefined;
  }

  async #block(index: number): Promise<Uint8Array> {
    const block = this.#blocks.get(index) ?? (await this.file.read(index * BLOCK_BYTES, BLOCK_BYTES));
    this.#blocks.delete(index);
    this.#blocks.set(index, block);
    if (this.#blocks.size > BLOCKS_MAX) this.#blocks.delete(this.#blocks.keys().next().value ?? index);
    return block;
  }
}
