import { checksum } from './checksum.ts';
import { encodedLength, type WalBody, writeBodies } from './wal-record.ts';

/** What a disk writes as a whole or not at all. Batches begin at multiples, so that no write touches a sector that is already safe. */
export const SECTOR = 512;

/**
 * One write to the disk: all that gathered while the one before was on its way. Little-endian:
 *
 * | offset | |
 * |---|---|
 * | 0 | magic (u32) |
 * | 4 | checksum of bytes 8 to 32, salted with the segment's salt (u32) |
 * | 8 | number of the batch, over all segments (f64) |
 * | 16 | bytes of records (u32) |
 * | 20 | checksum of the records (u32) |
 * | 24 | header checksum of the batch before; 0 for the first of all (u32) |
 * | 28 | 0 |
 * | 32 | records, then zeros up to the next sector |
 *
 * A batch is written only after the one before is safe. That is what tells a torn write from rot: where batch n cannot be read,
 * a header of a later batch proves that n was safe once, and the disk has lost it. Without one, n was the last write: it may have been torn
 * by a power cut, and was then acknowledged to nobody; or it has rotted after it was acknowledged, which cannot be told from the
 * log alone. To keep that window small an idle log is sealed with an empty batch, as is one that is closed.
 */
export interface WalBatch {
  readonly number: number;
  /** Of its header: the next batch repeats it. */
  readonly chain: number;
  readonly records: Uint8Array;
  /** Offset behind it, a multiple of `SECTOR`. */
  readonly end: number;
}

const MAGIC = 0x3148_4342; // "BCH1"
const HEADER_BYTES = 32;

export function encodeBatch(
  number: number,
  previousChain: number,
  salt: number,
  bodies: readonly WalBody[],
): { bytes: Uint8Array; chain: number } {
  const length = encodedLength(bodies);
  const bytes = Buffer.allocUnsafe(alignedUp(HEADER_BYTES + length));
  const end = writeBodies(bodies, bytes, HEADER_BYTES);
  bytes.fill(0, end);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeDoubleLE(number, 8);
  bytes.writeUInt32LE(length, 16);
  bytes.writeUInt32LE(checksum(bytes.subarray(HEADER_BYTES, end)), 20);
  bytes.writeUInt32LE(previousChain, 24);
  bytes.writeUInt32LE(0, 28);
  const chain = checksum(bytes.subarray(8, HEADER_BYTES), salt);
  bytes.writeUInt32LE(chain, 4);
  return { bytes, chain };
}

/** The batch at `offset`, or `undefined` where none can be read as a whole. */
export function decodeBatch(
  segment: Buffer,
  offset: number,
  salt: number,
): (WalBatch & { previousChain: number }) | undefined {
  if (!isHeader(segment, offset, salt)) return undefined;
  const end = offset + HEADER_BYTES + segment.readUInt32LE(offset + 16);
  const records = segment.subarray(offset + HEADER_BYTES, end);
  if (end > segment.length || checksum(records) !== segment.readUInt32LE(offset + 20)) return undefined;
  return {
    number: segment.readDoubleLE(offset + 8),
    chain: segment.readUInt32LE(offset + 4),
    previousChain: segment.readUInt32LE(offset + 24),
    records,
    end: alignedUp(end),
  };
}

/** Is there, behind `offset`, the header of a batch with a number above `number`? Its records need not be whole. */
export function hasLaterBatch(segment: Buffer, offset: number, salt: number, number: number): boolean {
  for (let at = offset + SECTOR; at + HEADER_BYTES <= segment.length; at += SECTOR) {
    if (isHeader(segment, at, salt) && segment.readDoubleLE(at + 8) > number) return true;
  }
  return false;
}

function isHeader(segment: Buffer, offset: number, salt: number): boolean {
  if (offset + HEADER_BYTES > segment.length || segment.readUInt32LE(offset) !== MAGIC) return false;
  return checksum(segment.subarray(offset + 8, offset + HEADER_BYTES), salt) === segment.readUInt32LE(offset + 4);
}

export function alignedUp(bytes: number): number {
  return Math.ceil(bytes / SECTOR) * SECTOR;
}
