import { invariant } from '@orrery/runtime';
import { metaPage } from '../format/meta.ts';
import { BUCKET_HEADER_BYTES, PAGE_BYTES_DEFAULT, PageFlag, viewOf, writePageHeader } from '../format/page.ts';
import { type BoltEntry, type PageSink, PageTree } from './page-tree.ts';

export type { BoltEntry } from './page-tree.ts';

/** A bucket of the file. */
export interface BoltBucketContent {
  readonly name: string;
  /** In ascending order of keys. Asked for twice, and must be the same both times: first for sizes, then for values. */
  entries(): Iterable<BoltEntry>;
}

/** The empty list of free pages is behind the two metas; then come the trees. */
const FREELIST_PAGE = 2;
const FIRST_TREE_PAGE = 3;
/** Entries that are looked at between two pauses of the planning. */
const PLAN_STRIDE = 1_000;
/** Bytes of what is written at once; a page that goes on over more gets as many as it needs. */
const BLOCK_BYTES = 256 * 1024;

/**
 * Lays a file out without making it: the metas come first in the file and name what comes last. Yields now and then so that the caller can
 * let others work, and returns the file. `buckets` may come in any order; names must differ.
 */
export function* planBoltFile(
  buckets: readonly BoltBucketContent[],
  pageBytes: number = PAGE_BYTES_DEFAULT,
): Generator<undefined, BoltFile> {
  const sink = new CountingSink(pageBytes);
  let seen = 0;
  const root = yield* growTrees(sorted(buckets), sink, () => ++seen % PLAN_STRIDE === 0);
  return new BoltFile(buckets, pageBytes, root, sink.pages);
}

/** A file whose layout is known: its size, and its bytes in order. */
export class BoltFile {
  constructor(
    private readonly buckets: readonly BoltBucketContent[],
    private readonly pageBytes: number,
    private readonly root: number,
    private readonly pages: number,
  ) {}

  get bytes(): number {
    return this.pages * this.pageBytes;
  }

  /** Whole pages, in order, in pieces of about 256 KiB. */
  *chunks(): Generator<Uint8Array> {
    const { root, pages, pageBytes } = this;
    const meta = { pageBytes, root, pages, freelist: FREELIST_PAGE };
    yield metaPage(0, { ...meta, transaction: 0n });
    yield metaPage(1, { ...meta, transaction: 1n });
    yield freelistPage(pageBytes);
    const sink = new WritingSink(pageBytes);
    const growing = growTrees(sorted(this.buckets), sink, () => sink.written.length > 0);
    let step = growing.next();
    for (; !step.done; step = growing.next()) yield* sink.written.splice(0);
    sink.endBlock();
    yield* sink.written;
    invariant(
      step.value === root && sink.pages === pages,
      `the content changed while it was written: ${sink.pages} pages instead of ${pages}`,
    );
  }
}

/** The tree of each bucket, then the root bucket that names them. Pauses where `pause` says so; returns the root page. */
function* growTrees(
  buckets: readonly BoltBucketContent[],
  sink: PageSink,
  pause: () => boolean,
): Generator<undefined, number> {
  const roots = new PageTree(sink);
  for (const { name, entries } of buckets) {
    const tree = new PageTree(sink);
    for (const entry of entries()) {
      tree.add(entry);
      if (pause()) yield undefined;
    }
    const header = bucketHeader(tree.finish());
    roots.add({ key: Buffer.from(name), valueBytes: header.length, value: () => header, isBucket: true });
  }
  return roots.finish();
}

function sorted(buckets: readonly BoltBucketContent[]): BoltBucketContent[] {
  return [...buckets].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function bucketHeader(root: number): Uint8Array {
  const header = new Uint8Array(BUCKET_HEADER_BYTES);
  viewOf(header).setBigUint64(0, BigInt(root), true);
  return header;
}

function freelistPage(pageBytes: number): Uint8Array {
  const page = new Uint8Array(pageBytes);
  writePageHeader(viewOf(page), { id: FREELIST_PAGE, flags: PageFlag.FREELIST, count: 0, overflow: 0 });
  return page;
}

class CountingSink implements PageSink {
  pages = FIRST_TREE_PAGE;
  constructor(readonly pageBytes: number) {}

  claim(pages: number): number {
    const id = this.pages;
    this.pages += pages;
    return id;
  }

  put(_pages: number, _fill: (target: Uint8Array) => void): void {}
}

/** Writes pages into blocks, because one piece of memory for each page keeps the garbage collector busy. */
class WritingSink extends CountingSink {
  /** Full blocks that nobody has fetched yet. */
  readonly written: Uint8Array[] = [];
  #block = new Uint8Array(0);
  #used = 0;

  override put(pages: number, fill: (target: Uint8Array) => void): void {
    const bytes = pages * this.pageBytes;
    if (this.#used + bytes > this.#block.length) {
      this.endBlock();
      this.#block = new Uint8Array(Math.max(BLOCK_BYTES, bytes));
    }
    fill(this.#block.subarray(this.#used, this.#used + bytes));
    this.#used += bytes;
  }

  endBlock(): void {
    if (this.#used > 0) this.written.push(this.#block.subarray(0, this.#used));
    this.#block = new Uint8Array(0);
    this.#used = 0;
  }
}
