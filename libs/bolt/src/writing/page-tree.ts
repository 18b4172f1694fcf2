import { invariant } from '@orrery/runtime';
import {
  BUCKET_ELEMENT,
  ELEMENT_BYTES,
  ELEMENTS_MAX,
  KEY_BYTES_MAX,
  PAGE_HEADER_BYTES,
  PageFlag,
  viewOf,
  writePageHeader,
} from '../format/page.ts';

/** One key of a bucket. The value is asked for only when its page is made, and may be asked for more than once. */
export interface BoltEntry {
  /** From 1 byte to `KEY_BYTES_MAX`. */
  readonly key: Uint8Array;
  readonly valueBytes: number;
  value(): Uint8Array;
  /** The value is the header of a bucket. */
  readonly isBucket?: boolean;
}

/** Gives page ids in order of writing, and takes the pages. */
export interface PageSink {
  readonly pageBytes: number;
  /** The id of the next page; what it goes on over is counted too. */
  claim(pages: number): number;
  /** Called once for each claimed page, in order; `fill` writes its bytes into zeros. */
  put(pages: number, fill: (target: Uint8Array) => void): void;
}

/** A child of a branch page: where it is and what its first key is. */
interface Child {
  readonly key: Uint8Array;
  readonly page: number;
}

/**
 * Builds the B+ tree of one bucket from entries in order, from left to right: each page goes out as soon as it is full, so that one page of
 * each level is all that is held. Pages are filled up; an entry larger than a page gets one that goes on over several.
 */
export class PageTree {
  #leaf: BoltEntry[] = [];
  #leafBytes = PAGE_HEADER_BYTES;
  /** Children that wait for their branch page; the lowest level first. */
  readonly #levels: Child[][] = [];
  #lastKey: Uint8Array | undefined;

  constructor(private readonly sink: PageSink) {}

  /** Keys must come in ascending order of their bytes. */
  add(entry: BoltEntry): void {
    const { key } = entry;
    invariant(key.length > 0 && key.length <= KEY_BYTES_MAX, `a key of ${key.length} bytes cannot be stored`);
    invariant(
      this.#lastKey === undefined || Buffer.compare(this.#lastKey, key) < 0,
      'keys of a bucket come in ascending order',
    );
    this.#lastKey = key;
    const bytes = ELEMENT_BYTES + key.length + entry.valueBytes;
    const full = this.#leafBytes + bytes > this.sink.pageBytes || this.#leaf.length === ELEMENTS_MAX;
    if (full && this.#leaf.length > 0) this.#endLeaf();
    this.#leaf.push(entry);
    this.#leafBytes += bytes;
  }

  /** Writes what is left and returns the root page. */
  finish(): number {
    if (this.#levels.length === 0) return this.#writeLeaf();
    this.#endLeaf();
    for (let level = 0; ; level++) {
      const children = this.#levels[level] as Child[];
      if (level === this.#levels.length - 1 && children.length === 1) return (children[0] as Child).page;
      this.#endBranch(level, children);
    }
  }

  #endLeaf(): void {
    const key = (this.#leaf[0] as BoltEntry).key;
    this.#adopt(0, { key, page: this.#writeLeaf() });
  }

  /**
   * A full branch page goes out without its last two children, which begin the next one: bbolt takes it for granted that a branch has two
   * children or more.
   */
  #adopt(level: number, child: Child): void {
    this.#levels[level] ??= [];
    const children = this.#levels[level] as Child[];
    children.push(child);
    if (branchBytes(children) <= this.sink.pageBytes || children.length < 4) return;
    this.#levels[level] = children.splice(-2);
    this.#endBranch(level, children);
  }

  #endBranch(level: number, children: readonly Child[]): void {
    this.#adopt(level + 1, { key: (children[0] as Child).key, page: this.#writeBranch(children) });
  }

  #writeLeaf(): number {
    const entries = this.#leaf;
    const pages = Math.ceil(this.#leafBytes / this.sink.pageBytes);
    const id = this.sink.claim(pages);
    this.sink.put(pages, (target) => fillLeaf(target, id, pages, entries));
    this.#leaf = [];
    this.#leafBytes = PAGE_HEADER_BYTES;
    return id;
  }

  #writeBranch(children: readonly Child[]): number {
    const pages = Math.ceil(branchBytes(children) / this.sink.pageBytes);
    const id = this.sink.claim(pages);
    this.sink.put(pages, (target) => fillBranch(target, id, pages, children));
    return id;
  }
}

function branchBytes(children: readonly Child[]): number {
  return children.reduce((bytes, { key }) => bytes + ELEMENT_BYTES + key.length, PAGE_HEADER_BYTES);
}

/** Element headers first, then keys and values in the same order. Positions count from their own element. */
function fillLeaf(target: Uint8Array, id: number, pages: number, entries: readonly BoltEntry[]): void {
  const view = viewOf(target);
  writePageHeader(view, { id, flags: PageFlag.LEAF, count: entries.length, overflow: pages - 1 });
  let element = PAGE_HEADER_BYTES;
  let data = element + entries.length * ELEMENT_BYTES;
  for (const entry of entries) {
    const value = entry.value();
    invariant(value.length === entry.valueBytes, `a value has ${value.length} bytes, not ${entry.valueBytes}`);
    view.setUint32(element, entry.isBucket ? BUCKET_ELEMENT : 0, true);
    view.setUint32(element + 4, data - element, true);
    view.setUint32(element + 8, entry.key.length, true);
    view.setUint32(element + 12, value.length, true);
    target.set(entry.key, data);
    target.set(value, data + entry.key.length);
    data += entry.key.length + value.length;
    element += ELEMENT_BYTES;
  }
}

function fillBranch(target: Uint8Array, id: number, pages: number, children: readonly Child[]): void {
  const view = viewOf(target);
  writePageHeader(view, { id, flags: PageFlag.BRANCH, count: children.length, overflow: pages - 1 });
  let element = PAGE_HEADER_BYTES;
  let data = element + children.length * ELEMENT_BYTES;
  for (const { key, page } of children) {
    view.setUint32(element, data - element, true);
    view.setUint32(element + 4, key.length, true);
    view.setBigUint64(element + 8, BigInt(page), true);
    target.set(key, data);
    data += key.length;
    element += ELEMENT_BYTES;
  }
}
