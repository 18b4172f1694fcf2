import type { Disk, DiskFile } from '@orrery/runtime';
import type { DataIdentity } from '../data-folder/data-identity.ts';
import { checksum } from './checksum.ts';
import { SECTOR } from './wal-batch.ts';
import { WalCorruptedError } from './wal-errors.ts';

export const WAL_FOLDER = 'log';
/** A segment that is being made; what a crash leaves of it is removed. */
const UNFINISHED = `${WAL_FOLDER}/next.part`;

const MAGIC = 'ORRERYWAL';
const VERSION = 2;

/** The first sector of each segment: magic (12 bytes), version (u32), sequence (f64), identity (u32), checksum (u32) of all before. */
const CHECKED_BYTES = 28;

export function segmentPath(sequence: number): string {
  return `${WAL_FOLDER}/${String(sequence).padStart(16, '0')}.wal`;
}

/** What makes the checksums of one segment its own: bytes of another segment or folder are never taken for its batches. */
export function saltOf(identity: DataIdentity, sequence: number): number {
  return checksum(Buffer.from(`${identity.cluster}/${identity.member}/${identity.salt}/${sequence}`));
}

/** Numbers of the segments that are there, ascending. Throws `WalCorruptedError` where one is missing. */
export async function listSegments(disk: Disk): Promise<number[]> {
  await disk.remove(UNFINISHED);
  const names = (await disk.list(WAL_FOLDER)).filter((name) => name.endsWith('.wal'));
  const sequences = names.map((name) => Number.parseInt(name, 10));
  sequences.forEach((sequence, at) => {
    const expected = (sequences[0] ?? 0) + at;
    if (sequence !== expected) throw new WalCorruptedError(segmentPath(expected), 0, 'the file is missing');
  });
  return sequences;
}

/** Makes an empty segment, which is there as a whole or not at all. Throws `DiskFullError`. */
export async function createSegment(disk: Disk, identity: DataIdentity, sequence: number): Promise<DiskFile> {
  await disk.remove(UNFINISHED);
  const file = await disk.open(UNFINISHED);
  try {
    await file.writeDurably(0, encodeHeader(identity, sequence));
    await disk.rename(UNFINISHED, segmentPath(sequence));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Throws `WalCorruptedError` unless the segment begins with its header. */
export function checkHeader(segment: Buffer, identity: DataIdentity, sequence: number): void {
  if (segment.subarray(0, SECTOR).equals(encodeHeader(identity, sequence))) return;
  throw new WalCorruptedError(
    segmentPath(sequence),
    0,
    'the header of the segment cannot be read or is of another log',
  );
}

function encodeHeader(identity: DataIdentity, sequence: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(VERSION, 12);
  bytes.writeDoubleLE(sequence, 16);
  bytes.writeUInt32LE(saltOf(identity, sequence), 24);
  bytes.writeUInt32LE(checksum(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  return bytes;
}
