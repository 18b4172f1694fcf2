/**
 * The layout of bbolt's pages, all numbers little endian. A page begins with 16 bytes: its id (u64), what it is (u16), how many elements it
 * has (u16), and how many further pages it goes on over (u32). Source: bbolt's page.go.
 */
export const PAGE_HEADER_BYTES = 16;

/** Both kinds of element have 16 bytes: branch: position, key bytes, child; leaf: flags, position, key bytes, value bytes. */
export const ELEMENT_BYTES = 16;

/** What a page is. */
export const PageFlag = { BRANCH: 0x01, LEAF: 0x02, META: 0x04, FREELIST: 0x10 } as const;

/** Flag of a leaf element whose value is the header of a bucket. */
export const BUCKET_ELEMENT = 0x01;

/** A bucket's header: its root page (u64; 0: the page follows inline) and its sequence (u64). */
export const BUCKET_HEADER_BYTES = 16;

export const PAGE_BYTES_DEFAULT = 4096;

/** Elements that the header can count. */
export const ELEMENTS_MAX = 0xffff;

/** Bytes of a key: bbolt's own limit. */
export const KEY_BYTES_MAX = 32_768;

export interface PageHeader {
  readonly id: number;
  readonly flags: number;
  readonly count: number;
  readonly overflow: number;
}

export function writePageHeader(view: DataView, { id, flags, count, overflow }: PageHeader): void {
  view.setBigUint64(0, BigInt(id), true);
  view.setUint16(8, flags, true);
  view.setUint16(10, count, true);
  view.setUint32(12, overflow, true);
}

/** Ids beyond 2^53 lose precision, which no comparison with a real page's id survives. */
export function readPageHeader(view: DataView): PageHeader {
  return {
    id: Number(view.getBigUint64(0, true)),
    flags: view.getUint16(8, true),
    count: view.getUint16(10, true),
    overflow: view.getUint32(12, true),
  };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
