/** The reflected polynomial of Castagnoli, which etcd hashes with. */
const POLYNOMIAL = 0x82f63b78;
/** Bytes done at once, each with a table of its own. */
const WIDTH = 8;

const TABLES = makeTables();

/** CRC-32C of `bytes`, going on from `crc`, the checksum of what comes before; unsigned. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  const t = TABLES;
  let c = ~crc;
  let at = 0;
  for (const end = bytes.length - (bytes.length % WIDTH); at < end; at += WIDTH) {
    c ^= pick(bytes, at) | (pick(bytes, at + 1) << 8) | (pick(bytes, at + 2) << 16) | (pick(bytes, at + 3) << 24);
    c =
      pick(t, 0x700 | (c & 0xff)) ^
      pick(t, 0x600 | ((c >>> 8) & 0xff)) ^
      pick(t, 0x500 | ((c >>> 16) & 0xff)) ^
      pick(t, 0x400 | (c >>> 24)) ^
      pick(t, 0x300 | pick(bytes, at + 4)) ^
      pick(t, 0x200 | pick(bytes, at + 5)) ^
      pick(t, 0x100 | pick(bytes, at + 6)) ^
      pick(t, pick(bytes, at + 7));
  }
  for (; at < bytes.length; at++) c = pick(t, (c ^ pick(bytes, at)) & 0xff) ^ (c >>> 8);
  return ~c >>> 0;
}

function pick(from: Uint8Array | Int32Array, index: number): number {
  return from[index] as number;
}

/** Table n, from n * 256 on, tells what a byte does to the checksum when n zero bytes follow it. */
function makeTables(): Int32Array {
  const tables = new Int32Array(WIDTH * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] as number;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] as number);
  }
  return tables;
}
