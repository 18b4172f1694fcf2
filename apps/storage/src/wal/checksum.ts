import { crc32 } from 'node:zlib';

/** CRC-32 of the bytes, going on from `seed`: Node's native one, some thirty times as fast as CRC-32C in JavaScript. */
export function checksum(bytes: Uint8Array, seed = 0): number {
  return crc32(bytes, seed);
}
