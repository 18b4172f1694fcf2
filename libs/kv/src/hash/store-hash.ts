import type { VersionStore } from '../versions/version-store.ts';
import { NONE } from '../versions/version-table.ts';
import { crc32c } from './crc32c.ts';

export interface StoreHash {
  readonly hash: number;
  readonly compactRevision: number;
  /** The revision up to which it was made. */
  readonly hashRevision: number;
}

/** Keys, and bytes, that are looked at before others get a turn. */
const KEYS_SLICE = 4096;
const BYTES_SLICE = 1024 * 1024;

/** Revision (i64), `_`, position in it (i64), and `t` for a deletion: what etcd's database has as key of a version. */
const ROW_KEY_BYTES = 17;
const DELETION_MARK = 0x74;
const BUCKET_NAME = Buffer.from('key');

/**
 * CRC-32C over the versions that tell the states from `compactRevision` up to `revision`, each as etcd's database keeps it, in the order in which
 * they were made: the same as `HashKV` of etcd 3.4 for the same history. Yields between slices; the store may be written to meanwhile.
 */
export function* hashVersions(
  versions: VersionStore,
  compactRevision: number,
  revision: number,
): Generator<undefined, number> {
  const unpin = versions.pin();
  try {
    const rows = yield* rowsOf(versions, compactRevision, revision);
    let crc = crc32c(BUCKET_NAME);
    let bytes = 0;
    for (const row of rows) {
      const record = versions.record(row);
      crc = crc32c(record, crc32c(rowKey(versions, row), crc));
      bytes += record.length;
      if (bytes < BYTES_SLICE) continue;
      bytes = 0;
      yield;
    }
    return crc;
  } finally {
    unpin();
  }
}

/** What was the state at the compaction and is so still, and all that was made after it. */
function* rowsOf(versions: VersionStore, compactRevision: number, revision: number): Generator<undefined, number[]> {
  const rows: number[] = [];
  let from: string | undefined = '';
  while (from !== undefined) {
    from = addBaseRows(versions, rows, from, compactRevision, revision);
    yield;
  }
  rows.sort((a, b) => versions.compareAge(a, b));
  versions.visitMade(compactRevision + 1, revision, (row) => rows.push(row) > 0);
  return rows;
}

/** Returns where the next slice begins. */
function addBaseRows(
  versions: VersionStore,
  rows: number[],
  from: string,
  compactRevision: number,
  revision: number,
): string | undefined {
  let seen = 0;
  let next: string | undefined;
  versions.visitKnown(from, (key, newest) => {
    if (seen++ === KEYS_SLICE) {
      next = key;
      return false;
    }
    const row = versions.versionAt(newest, revision);
    if (row !== NONE && versions.modRevision(row) <= compactRevision && !versions.isDeletion(row)) rows.push(row);
    return true;
  });
  return next;
}

function rowKey(versions: VersionStore, row: number): Uint8Array {
  const deleted = versions.isDeletion(row);
  const key = Buffer.allocUnsafe(ROW_KEY_BYTES + Number(deleted));
  key.writeBigInt64BE(BigInt(versions.modRevision(row)), 0);
  key[8] = 0x5f;
  key.writeBigInt64BE(BigInt(versions.sub(row)), 9);
  if (deleted) key[ROW_KEY_BYTES] = DELETION_MARK;
  return key;
}
