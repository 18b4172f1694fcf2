/** Keys a chunk holds before it is split in two. */
const CHUNK_MAX = 512;

/**
 * A sorted set of keys in chunks: one binary search over chunks, one inside a chunk. Adding costs a move of at most one chunk, a range costs
 * what it yields. Keys compare by their code units; keys made with `keyText` therefore compare as their bytes do.
 */
export class OrderedKeys {
  /** No chunk is empty. */
  #chunks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Does nothing where the key is there already. */
  add(key: string): void {
    const chunk = this.#chunks[this.#chunkOf(key)];
    if (chunk === undefined) {
      this.#appendLast(key);
      return;
    }
    const at = lowerBound(chunk, key);
    if (chunk[at] === key) return;
    chunk.splice(at, 0, key);
    this.#size++;
    if (chunk.length > CHUNK_MAX) this.#split(chunk);
  }

  delete(key: string): void {
    const which = this.#chunkOf(key);
    const chunk = this.#chunks[which];
    if (chunk === undefined) return;
    const at = lowerBound(chunk, key);
    if (chunk[at] !== key) return;
    chunk.splice(at, 1);
    this.#size--;
    if (chunk.length === 0) this.#chunks.splice(which, 1);
  }

  /** Keys from `from` on, in order, up to but without `to`; without `to`: all. The set must not change meanwhile. */
  *range(from: string, to?: string): Generator<string> {
    let which = this.#chunkOf(from);
    let at = lowerBound(this.#chunks[which] ?? [], from);
    for (; which < this.#chunks.length; which++, at = 0) {
      const chunk = this.#chunks[which] ?? [];
      for (; at < chunk.length; at++) {
        const key = chunk[at] as string;
        if (to !== undefined && key >= to) return;
        yield key;
      }
    }
  }

  /** The first chunk whose last key is not before `key`. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.at(-1) ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #appendLast(key: string): void {
    this.#size++;
    const last = this.#chunks.at(-1);
    if (last === undefined || last.length >= CHUNK_MAX) this.#chunks.push([key]);
    else last.push(key);
  }

  #split(chunk: string[]): void {
    this.#chunks.splice(this.#chunks.indexOf(chunk) + 1, 0, chunk.splice(chunk.length >>> 1));
  }
}

/** Position of the first key that is not before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
