import { FORMAT_VERSION, META_BYTES, type Meta, type ReadMeta, readMeta } from '../format/meta.ts';
import {
  BUCKET_HEADER_BYTES,
  PAGE_BYTES_DEFAULT,
  PAGE_HEADER_BYTES,
  PageFlag,
  readPageHeader,
  viewOf,
} from '../format/page.ts';
import { BoltDamagedError, BoltVersionError, NotBoltError } from './bolt-errors.ts';
import { PageSource, type RandomAccess } from './page-source.ts';
import { type BranchElement, type LeafElement, type TreePage, treePage } from './tree-page.ts';

/** What a bucket holds under a key. The bytes are copies. */
export type BoltItem =
  | { readonly kind: 'value'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'bucket'; readonly key: Uint8Array; readonly bucket: BoltBucket };

/** Read access to one bucket. Everything may throw `BoltDamagedError`. */
export interface BoltBucket {
  /** All items in order of their keys. */
  items(): AsyncGenerator<BoltItem>;
  get(key: Uint8Array): Promise<BoltItem | undefined>;
}

/** Levels of a tree: more than any file of real size has. */
const DEPTH_MAX = 32;
/** Where the second meta may be if the first one cannot tell: page sizes are powers of two from 1 KiB to 64 KiB. */
const PAGE_SIZES = [PAGE_BYTES_DEFAULT, 1024, 2048, 8192, 16_384, 32_768, 65_536];

/** Reads a bbolt file, down to `RandomAccess`; bytes behind the last page in use are not looked at. */
export class BoltReader {
  private constructor(
    private readonly source: PageSource,
    private readonly meta: Meta,
  ) {}

  /** Throws `NotBoltError`, `BoltVersionError` and `BoltDamagedError`. */
  static async open(file: RandomAccess): Promise<BoltReader> {
    const source = new PageSource(file);
    const meta = await newestMeta(source);
    if (meta.pages * meta.pageBytes > file.size) {
      throw new BoltDamagedError(meta.pages - 1, `the file ends at byte ${file.size}, before its last page`);
    }
    return new BoltReader(source, meta);
  }

  /** Bytes in use, whole pages. */
  get bytes(): number {
    return this.meta.pages * this.meta.pageBytes;
  }

  /** The bucket of buckets. */
  get root(): BoltBucket {
    return this.#bucketAt(this.meta.root);
  }

  /** A bucket of the root, `undefined` where there is none of that name. */
  async bucket(name: string): Promise<BoltBucket | undefined> {
    const item = await this.root.get(Buffer.from(name));
    return item?.kind === 'bucket' ? item.bucket : undefined;
  }

  #bucketAt(root: number): BoltBucket {
    return this.#bucketOf(() => this.#page(root), root);
  }

  #bucketOf(rootPage: () => Promise<TreePage>, root: number): BoltBucket {
    return {
      items: () => this.#items(rootPage, root),
      get: async (key) => {
        const found = await this.#find(rootPage, root, key);
        return found && this.#item(found.element, found.page);
      },
    };
  }

  async *#items(rootPage: () => Promise<TreePage>, root: number): AsyncGenerator<BoltItem> {
    let last: Uint8Array | undefined;
    for await (const { element, page } of this.#leaves(await rootPage(), root, 0)) {
      if (last !== undefined && Buffer.compare(last, element.key) >= 0) {
        throw new BoltDamagedError(page, 'keys are out of order');
      }
      const item = this.#item(element, page);
      last = item.key;
      yield item;
    }
  }

  /** Depth first, hence in order. A circle ends at `DEPTH_MAX`. */
  async *#leaves(page: TreePage, id: number, depth: number): AsyncGenerator<{ element: LeafElement; page: number }> {
    if (page.kind === 'leaf') {
      for (const element of page.items) yield { element, page: id };
      return;
    }
    mustBeShallow(depth, id);
    for (const child of page.children) yield* this.#leaves(await this.#page(child.page), child.page, depth + 1);
  }

  async #find(
    rootPage: () => Promise<TreePage>,
    root: number,
    key: Uint8Array,
  ): Promise<{ element: LeafElement; page: number } | undefined> {
    let id = root;
    let page = await rootPage();
    for (let depth = 0; page.kind === 'branch'; depth++) {
      mustBeShallow(depth, id);
      id = childFor(page.children, key).page;
      page = await this.#page(id);
    }
    const element = page.items.find((item) => Buffer.compare(item.key, key) === 0);
    return element && { element, page: id };
  }

  #item({ key, value, isBucket }: LeafElement, page: number): BoltItem {
    const ownKey = new Uint8Array(key);
    if (!isBucket) return { kind: 'value', key: ownKey, value: new Uint8Array(value) };
    if (value.length < BUCKET_HEADER_BYTES) throw new BoltDamagedError(page, 'a bucket without a header');
    const root = Number(viewOf(value).getBigUint64(0, true));
    if (root !== 0) return { kind: 'bucket', key: ownKey, bucket: this.#bucketAt(root) };
    const inline = new Uint8Array(value.subarray(BUCKET_HEADER_BYTES));
    if (inline.length < PAGE_HEADER_BYTES) throw new BoltDamagedError(page, 'an inline bucket without a page');
    return { kind: 'bucket', key: ownKey, bucket: this.#bucketOf(async () => treePage(inline, page), page) };
  }

  async #page(id: number): Promise<TreePage> {
    const { pages, pageBytes } = this.meta;
    if (id < 2 || id >= pages) throw new BoltDamagedError(id, `a tree has pages from 2 to ${pages - 1}`);
    const first = await this.#bytes(id, 1);
    const header = readPageHeader(viewOf(first));
    if (header.id !== id) throw new BoltDamagedError(id, `the page calls itself ${header.id}`);
    if (header.overflow === 0) return treePage(first, id);
    if (id + header.overflow >= pages) {
      throw new BoltDamagedError(id, `the page goes on over ${header.overflow} more, beyond the last one`);
    }
    const treeFlags: number = PageFlag.BRANCH | PageFlag.LEAF;
    if ((header.flags & treeFlags) === 0) return treePage(first.subarray(0, pageBytes), id);
    return treePage(await this.#bytes(id, header.overflow + 1), id);
  }

  async #bytes(id: number, pages: number): Promise<Uint8Array> {
    const { pageBytes } = this.meta;
    const bytes = await this.source.read(id * pageBytes, pages * pageBytes);
    if (bytes === undefined) throw new BoltDamagedError(id, 'the file ends inside the page');
    return bytes;
  }
}

/** The last child whose first key is not behind `key`; the first one where all are. */
function childFor(children: readonly BranchElement[], key: Uint8Array): BranchElement {
  const behind = children.findIndex((child) => Buffer.compare(child.key, key) > 0);
  return children[behind < 0 ? children.length - 1 : Math.max(0, behind - 1)] as BranchElement;
}

function mustBeShallow(depth: number, page: number): void {
  if (depth >= DEPTH_MAX) throw new BoltDamagedError(page, `the tree is more than ${DEPTH_MAX} levels deep`);
}

/** A crash may have torn one of the two metas; the valid one of the later transaction counts. */
async function newestMeta(source: PageSource): Promise<Meta> {
  const first = await metaAt(source, 0);
  const pageSizes = first.kind === 'meta' ? [first.meta.pageBytes] : PAGE_SIZES;
  const candidates = [first];
  for (const pageBytes of pageSizes) {
    const second = await metaAt(source, pageBytes);
    if (second.kind !== 'meta' || second.meta.pageBytes === pageBytes) candidates.push(second);
  }
  const metas = candidates.flatMap((found) => (found.kind === 'meta' ? [found.meta] : []));
  const newest = metas.sort((a, b) => Number(b.transaction - a.transaction))[0];
  if (newest === undefined) throw reasonFor(candidates);
  if (!PAGE_SIZES.includes(newest.pageBytes)) {
    throw new BoltDamagedError(0, `a page size of ${newest.pageBytes} bytes`);
  }
  return newest;
}

async function metaAt(source: PageSource, offset: number): Promise<ReadMeta> {
  const bytes = await source.read(offset, PAGE_HEADER_BYTES + META_BYTES);
  return bytes === undefined ? { kind: 'foreign' } : readMeta(bytes);
}

function reasonFor(candidates: readonly ReadMeta[]): Error {
  for (const found of candidates) {
    if (found.kind === 'version') return new BoltVersionError(found.version, FORMAT_VERSION);
  }
  if (candidates.some(({ kind }) => kind === 'damaged')) return new BoltDamagedError(0, 'neither meta page is valid');
  return new NotBoltError();
}
