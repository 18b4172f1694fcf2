import { fnv64a } from './fnv64a.ts';
import { PAGE_HEADER_BYTES, PageFlag, viewOf, writePageHeader } from './page.ts';

const MAGIC = 0xed0cdaed;
/** The one version of the format that bbolt knows. */
export const FORMAT_VERSION = 2;

/** Bytes of a meta behind the page's header: magic, version, page size, flags (u32 each), root page, root sequence, freelist, pages, transaction, checksum (u64 each). */
export const META_BYTES = 64;
const CHECKSUM_AT = 56;

/** Where a database begins. Pages 0 and 1 hold one each; the valid one of the later transaction counts. */
export interface Meta {
  readonly pageBytes: number;
  /** Page of the bucket of buckets. */
  readonly root: number;
  readonly freelist: number;
  /** Pages in use are below. */
  readonly pages: number;
  readonly transaction: bigint;
}

/** What the bytes say, or why they say nothing. */
export type ReadMeta =
  | { readonly kind: 'meta'; readonly meta: Meta }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'damaged' };

export function metaPage(id: 0 | 1, meta: Meta): Uint8Array {
  const page = new Uint8Array(meta.pageBytes);
  writePageHeader(viewOf(page), { id, flags: PageFlag.META, count: 0, overflow: 0 });
  const body = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + META_BYTES);
  const view = viewOf(body);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  view.setUint32(8, meta.pageBytes, true);
  view.setBigUint64(16, BigInt(meta.root), true);
  view.setBigUint64(32, BigInt(meta.freelist), true);
  view.setBigUint64(40, BigInt(meta.pages), true);
  view.setBigUint64(48, meta.transaction, true);
  view.setBigUint64(CHECKSUM_AT, fnv64a(body.subarray(0, CHECKSUM_AT)), true);
  return page;
}

/** `page`: at least the header and the meta. */
export function readMeta(page: Uint8Array): ReadMeta {
  if (page.length < PAGE_HEADER_BYTES + META_BYTES) return { kind: 'foreign' };
  const body = page.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + META_BYTES);
  const view = viewOf(body);
  if (view.getUint32(0, true) !== MAGIC) return { kind: 'foreign' };
  const version = view.getUint32(4, true);
  if (version !== FORMAT_VERSION) return { kind: 'version', version };
  if (view.getBigUint64(CHECKSUM_AT, true) !== fnv64a(body.subarray(0, CHECKSUM_AT))) return { kind: 'damaged' };
  return {
    kind: 'meta',
    meta: {
      pageBytes: view.getUint32(8, true),
      root: Number(view.getBigUint64(16, true)),
      freelist: Number(view.getBigUint64(32, true)),
      pages: Number(view.getBigUint64(40, true)),
      transaction: view.getBigUint64(48, true),
    },
  };
}
