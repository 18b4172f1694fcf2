/** A key's bytes as a string of one code unit each, which compares as the bytes do. */
export function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/** Undoes `keyText`. */
export function keyBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** The keys that a request means: one, or from `from` up to but without `to` (`undefined`: to the end). */
export type KeyRange =
  | { readonly kind: 'one'; readonly key: string }
  | { readonly kind: 'many'; readonly from: string; readonly to: string | undefined };

/** Reads etcd's convention: no end means one key, a single zero byte means everything from `key` on. */
export function keyRange(key: Uint8Array, rangeEnd: Uint8Array): KeyRange {
  const from = keyText(key);
  if (rangeEnd.length === 0) return { kind: 'one', key: from };
  const end = keyText(rangeEnd);
  return { kind: 'many', from, to: end === '\0' ? undefined : end };
}

export function rangeHolds(range: KeyRange, key: string): boolean {
  if (range.kind === 'one') return range.key === key;
  return key >= range.from && (range.to === undefined || key < range.to);
}
