import { NONE } from './version-table.ts';

/** Keys that a chunk holds before it is split in two. */
const CHUNK_MAX = 512;
const CAPACITY_MIN = 64;

interface Chunk {
  readonly ids: Int32Array;
  count: number;
  /** How many of its keys exist now. */
  live: number;
}

/**
 * All keys in order, those that exist and those of which only history is kept. A key is a number as long as it is known. Keys lie in chunks: one
 * binary search over the chunks, one inside; each chunk knows how many of its keys exist, so that counting does not look at each.
 *
 * Keys compare by their code units; keys made with `keyText` therefore compare as their bytes do.
 */
export class KeyIndex {
  /** No chunk is empty. */
  #chunks: Chunk[] = [];
  readonly #names: (string | undefined)[] = [];
  readonly #freeIds: number[] = [];
  #newest = new Int32Array(CAPACITY_MIN);
  #live = new Uint8Array(CAPACITY_MIN);
  /** What `#locate` found last: the chunk, the position in it where the key is or would be, and its number. */
  readonly #located: { key: string | undefined; at: number; position: number; id: number } = {
    key: undefined,
    at: 0,
    position: 0,
    id: NONE,
  };
  #size = 0;
  #liveCount = 0;

  get size(): number {
    return this.#size;
  }
  /** Keys that exist now. */
  get live(): number {
    return this.#liveCount;
  }

  name(id: number): string {
    return this.#names[id] as string;
  }

  newest(id: number): number {
    return this.#newest[id] as number;
  }

  /** `NONE` where the key is not known. */
  find(key: string): number {
    this.#locate(key);
    return this.#located.id;
  }

  /** Makes `version` the key's newest, and the key known if it is not. Returns its number. */
  set(key: string, version: number, exists: boolean): number {
    this.#locate(key);
    const { at, position, id: found } = this.#located;
    const chunk = this.#chunks[at];
    if (chunk !== undefined && found !== NONE) {
      this.#update(chunk, found, version, exists);
      return found;
    }
    this.#forgetLocated();
    if (chunk === undefined) return this.#appendLast(key, version, exists);
    const id = this.#newId(key);
    chunk.ids.copyWithin(position + 1, position, chunk.count);
    chunk.ids[position] = id;
    chunk.count++;
    this.#update(chunk, id, version, exists);
    if (chunk.count > CHUNK_MAX) this.#split(at, chunk);
    return id;
  }

  /** Forgets a key that does not exist. */
  delete(id: number): void {
    this.#locate(this.name(id));
    const { at, position } = this.#located;
    this.#forgetLocated();
    const chunk = this.#chunks[at] as Chunk;
    chunk.ids.copyWithin(position, position + 1, chunk.count);
    chunk.count--;
    this.#size--;
    if (chunk.count === 0) this.#chunks.splice(at, 1);
    this.#names[id] = undefined;
    this.#freeIds.push(id);
  }

  /**
   * Calls `visit` for the keys from `from` on, in order, up to but without `to` (`undefined`: to the end), until it answers false. `existing`: only keys
   * that exist now. The index must not change meanwhile.
   */
  visit(from: string, to: string | undefined, existing: boolean, visit: (id: number) => boolean): void {
    let at = this.#chunkOf(from);
    const first = this.#chunks[at];
    let position = first === undefined ? 0 : this.#positionIn(first, from);
    for (; at < this.#chunks.length; at++, position = 0) {
      const chunk = this.#chunks[at] as Chunk;
      const wholly = to === undefined || (this.#names[chunk.ids[chunk.count - 1] as number] as string) < to;
      for (; position < chunk.count; position++) {
        const id = chunk.ids[position] as number;
        if (!wholly && (this.#names[id] as string) >= (to as string)) return;
        if (existing && this.#live[id] === 0) continue;
        if (!visit(id)) return;
      }
    }
  }

  /** Existing keys from `from` up to but without `to`. */
  countLive(from: string, to: string | undefined): number {
    const first = this.#chunkOf(from);
    const last = to === undefined ? this.#chunks.length : this.#chunkOf(to);
    if (first >= this.#chunks.length || (to !== undefined && to <= from)) return 0;
    let count = this.#liveFrom(first, from);
    for (let at = first + 1; at < last; at++) count += (this.#chunks[at] as Chunk).live;
    if (to === undefined || last >= this.#chunks.length) return count;
    // Chunk `last` holds keys on both sides of the end; where it is also the first, what lies behind the end was counted.
    const behind = this.#liveFrom(last, to);
    return last === first ? count - behind : count + (this.#chunks[last] as Chunk).live - behind;
  }

  /** Finds the place of a key; a change looks for the same one several times in a row. */
  #locate(key: string): void {
    const located = this.#located;
    if (located.key === key) return;
    located.key = key;
    located.at = this.#chunkOf(key);
    const chunk = this.#chunks[located.at];
    located.position = chunk === undefined ? 0 : this.#positionIn(chunk, key);
    const id = chunk?.ids[located.position] ?? NONE;
    located.id = id !== NONE && this.#names[id] === key ? id : NONE;
  }

  /** To be called when keys come or go. */
  #forgetLocated(): void {
    this.#located.key = undefined;
  }

  #liveFrom(at: number, key: string): number {
    const chunk = this.#chunks[at] as Chunk;
    let count = 0;
    for (let position = this.#positionIn(chunk, key); position < chunk.count; position++) {
      count += this.#live[chunk.ids[position] as number] as number;
    }
    return count;
  }

  #update(chunk: Chunk, id: number, version: number, exists: boolean): void {
    const change = Number(exists) - (this.#live[id] as number);
    chunk.live += change;
    this.#liveCount += change;
    this.#live[id] = Number(exists);
    this.#newest[id] = version;
  }

  #newId(key: string): number {
    this.#size++;
    const id = this.#freeIds.pop() ?? this.#names.length;
    this.#names[id] = key;
    if (id >= this.#newest.length) this.#grow();
    this.#live[id] = 0;
    return id;
  }

  #grow(): void {
    const capacity = Math.ceil(this.#newest.length * 1.5);
    const [newest, live] = [new Int32Array(capacity), new Uint8Array(capacity)];
    newest.set(this.#newest);
    live.set(this.#live);
    this.#newest = newest;
    this.#live = live;
  }

  /** The first chunk whose last key is not before `key`. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.#chunks[middle] as Chunk;
      if ((this.#names[chunk.ids[chunk.count - 1] as number] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Position of the first key in the chunk that is not before `key`. */
  #positionIn(chunk: Chunk, key: string): number {
    let low = 0;
    let high = chunk.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#names[chunk.ids[middle] as number] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #appendLast(key: string, version: number, exists: boolean): number {
    let last = this.#chunks.at(-1);
    if (last === undefined || last.count >= CHUNK_MAX) {
      last = newChunk();
      this.#chunks.push(last);
    }
    const id = this.#newId(key);
    last.ids[last.count++] = id;
    this.#update(last, id, version, exists);
    return id;
  }

  #split(at: number, chunk: Chunk): void {
    const right = newChunk();
    const half = chunk.count >>> 1;
    right.ids.set(chunk.ids.subarray(half, chunk.count));
    right.count = chunk.count - half;
    chunk.count = half;
    for (let position = 0; position < right.count; position++) {
      right.live += this.#live[right.ids[position] as number] as number;
    }
    chunk.live -= right.live;
    this.#chunks.splice(at + 1, 0, right);
  }
}

/** One place more than a chunk may keep, for the moment before it is split. */
function newChunk(): Chunk {
  return { ids: new Int32Array(CHUNK_MAX + 1), count: 0, live: 0 };
}
