import type { Disk } from '@orrery/runtime';
import type { DataIdentity } from '../data-folder/data-identity.ts';
import { decodeBatch, hasLaterBatch, SECTOR } from './wal-batch.ts';
import { WalCorruptedError } from './wal-errors.ts';
import { readRecords } from './wal-record.ts';
import type { WalReplay } from './wal-replay.ts';
import { checkHeader, listSegments, saltOf, segmentPath } from './wal-segment.ts';

export interface SegmentStart {
  readonly sequence: number;
  /** Last index of the log when the segment was begun; unknown for the first. */
  readonly continuesAt: number | undefined;
  readonly bytes: number;
}

/** Where the next batch goes. */
export interface LogEnd {
  /** In the last segment. */
  readonly offset: number;
  /** Number of the last batch; 0: there is none. */
  readonly batches: number;
  /** Header checksum of the last batch. */
  readonly chain: number;
}

const EMPTY: LogEnd = { offset: SECTOR, batches: 0, chain: 0 };

/** Reads all batches in order. Throws `WalCorruptedError` where one is missing that was safe. Changes nothing. */
export async function readSegments(
  disk: Disk,
  identity: DataIdentity,
  replay: WalReplay,
): Promise<{ segments: SegmentStart[]; end: LogEnd }> {
  const segments: SegmentStart[] = [];
  let end = EMPTY;
  for (const sequence of await listSegments(disk)) {
    const read = await disk.readFile(segmentPath(sequence));
    const bytes = Buffer.from(read?.buffer ?? new ArrayBuffer(0), read?.byteOffset ?? 0, read?.length ?? 0);
    checkHeader(bytes, identity, sequence);
    const previous = segments.at(-1);
    const before = previous === undefined ? undefined : { path: segmentPath(previous.sequence), offset: end.offset };
    const start = { sequence, continuesAt: previous === undefined ? undefined : replay.lastIndex, bytes: bytes.length };
    end = readSegment(bytes, identity, sequence, { ...end, offset: SECTOR }, replay, before);
    segments.push(start);
  }
  return { segments, end };
}

function readSegment(
  bytes: Buffer,
  identity: DataIdentity,
  sequence: number,
  start: LogEnd,
  replay: WalReplay,
  before: { path: string; offset: number } | undefined,
): LogEnd {
  const salt = saltOf(identity, sequence);
  const path = segmentPath(sequence);
  let end = start;
  for (;;) {
    const batch = decodeBatch(bytes, end.offset, salt);
    if (batch === undefined) break;
    const isFirst = end.batches === 0;
    if (!isFirst && (batch.number !== end.batches + 1 || batch.previousChain !== end.chain)) {
      if (end.offset === SECTOR && before !== undefined) throw lost(before.path, before.offset);
      throw lost(path, end.offset);
    }
    for (const record of readRecords(batch.records)) replay.add(record);
    end = { offset: batch.end, batches: batch.number, chain: batch.chain };
  }
  // The first batch of a segment is safe before any segment before it is removed.
  if (end.batches === 0 && sequence > 1) throw lost(path, end.offset);
  if (hasLaterBatch(bytes, end.offset, salt, end.batches + 1)) throw lost(path, end.offset);
  return end;
}

function lost(path: string, offset: number): WalCorruptedError {
  return new WalCorruptedError(path, offset, 'what was safe here, since more was written after it, cannot be read');
}
