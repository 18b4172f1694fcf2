import type { storagev1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';
import type { KeyRange } from '../key.ts';
import type { VersionStore } from '../versions/version-store.ts';
import { NONE } from '../versions/version-table.ts';

/** One key's change. `current` is undefined for a deletion, `previous` for a creation. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly time: Milliseconds;
  readonly current: storagev1.KeyValue | undefined;
  readonly previous: storagev1.KeyValue | undefined;
}

/** Which changes, and how much of the history is looked at in one go. */
export interface ChangesChoice {
  /** Default: every key. */
  readonly wanted?: (key: string) => boolean;
  readonly versionsMax?: number;
  readonly bytesMax?: number;
}

/** Changes in order of revision: all that were asked for up to and with `to`. */
export interface ChangesUpTo {
  readonly changes: readonly Change[];
  readonly to: number;
}

/** See `KvStore.changesBetween`; nothing of what is asked for may be compacted. */
export function changesBetween(versions: VersionStore, from: number, to: number, choice: ChangesChoice): ChangesUpTo {
  const { wanted, versionsMax = Number.POSITIVE_INFINITY, bytesMax = Number.POSITIVE_INFINITY } = choice;
  const changes: Change[] = [];
  let [seen, bytes, last] = [0, 0, 0];
  let reached = to;
  versions.visitMade(from, to, (row) => {
    const revision = versions.modRevision(row);
    if (revision !== last && (seen >= versionsMax || bytes >= bytesMax)) {
      reached = last;
      return false;
    }
    seen++;
    last = revision;
    if (wanted?.(versions.key(row)) === false) return true;
    bytes += versions.record(row).length;
    changes.push(changeOf(versions, row));
    return true;
  });
  return { changes, to: reached };
}

/** See `KvStore.standingSince`. */
export function standingSince(versions: VersionStore, range: KeyRange, revision: number): readonly Change[] {
  const changes: Change[] = [];
  versions.visit(range, revision, false, (row) => {
    if (versions.modRevision(row) === revision) changes.push(changeOf(versions, row));
    return true;
  });
  return changes;
}

function changeOf(versions: VersionStore, row: number): Change {
  const previous = versions.previous(row);
  return {
    revision: versions.modRevision(row),
    key: versions.key(row),
    time: versions.time(row),
    current: versions.isDeletion(row) ? undefined : versions.keyValue(row),
    previous: previous === NONE ? undefined : versions.keyValue(previous),
  };
}
