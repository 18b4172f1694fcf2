import type { RandomAccess } from '../reading/page-source.ts';

/** Bytes in memory as a file. */
export function memoryFile(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}
