import {
  BUCKET_ELEMENT,
  ELEMENT_BYTES,
  PAGE_HEADER_BYTES,
  PageFlag,
  type PageHeader,
  readPageHeader,
  viewOf,
} from '../format/page.ts';
import { BoltDamagedError } from './bolt-errors.ts';

/** A page of a bucket's tree, checked and taken apart. */
export type TreePage =
  | { readonly kind: 'branch'; readonly children: readonly BranchElement[] }
  | { readonly kind: 'leaf'; readonly items: readonly LeafElement[] };

export interface BranchElement {
  /** First key below. */
  readonly key: Uint8Array;
  readonly page: number;
}

export interface LeafElement {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly isBucket: boolean;
}

/** `page`: all bytes of the page `id`, what it goes on over included; an inline page has the id of the page that it is in. Throws `BoltDamagedError`. */
export function treePage(page: Uint8Array, id: number): TreePage {
  const header = readPageHeader(viewOf(page));
  if (header.flags === PageFlag.LEAF) return { kind: 'leaf', items: leafElements(page, id, header) };
  if (header.flags === PageFlag.BRANCH) return { kind: 'branch', children: branchElements(page, id, header) };
  throw new BoltDamagedError(id, `a page of flags 0x${header.flags.toString(16)} in a tree`);
}

function leafElements(page: Uint8Array, id: number, { count }: PageHeader): LeafElement[] {
  const view = viewOf(page);
  mustHold(PAGE_HEADER_BYTES + count * ELEMENT_BYTES, page, id);
  return Array.from({ length: count }, (_, index) => {
    const element = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
    const key = element + view.getUint32(element + 4, true);
    const value = key + view.getUint32(element + 8, true);
    const end = value + view.getUint32(element + 12, true);
    mustHold(end, page, id);
    return {
      key: page.subarray(key, value),
      value: page.subarray(value, end),
      isBucket: (view.getUint32(element, true) & BUCKET_ELEMENT) !== 0,
    };
  });
}

function branchElements(page: Uint8Array, id: number, { count }: PageHeader): BranchElement[] {
  if (count === 0) throw new BoltDamagedError(id, 'a branch without children');
  const view = viewOf(page);
  mustHold(PAGE_HEADER_BYTES + count * ELEMENT_BYTES, page, id);
  return Array.from({ length: count }, (_, index) => {
    const element = PAGE_HEADER_BYTES + index * ELEMENT_BYTES;
    const key = element + view.getUint32(element, true);
    const end = key + view.getUint32(element + 4, true);
    mustHold(end, page, id);
    return { key: page.subarray(key, end), page: Number(view.getBigUint64(element + 8, true)) };
  });
}

function mustHold(end: number, page: Uint8Array, id: number): void {
  if (end > page.length) throw new BoltDamagedError(id, `an element ends at byte ${end} of ${page.length}`);
}
