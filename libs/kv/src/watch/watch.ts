import type { Change } from '../history/changes.ts';
import type { KeyRange } from '../key.ts';

export interface WatchRequest {
  readonly range: KeyRange;
  /** First revision wanted; 0: whatever comes after now. May lie in the future. */
  readonly startRevision: number;
  /** Leave out puts, or deletions. */
  readonly noPut?: boolean;
  readonly noDelete?: boolean;
  /** A batch with more bytes of keys and values is sent in parts, also within one revision. Default: never within a revision. */
  readonly fragmentBytesMax?: number;
}

/** Changes in order of revision; all of a revision that the watcher wants are in one batch, unless it asked for fragments. */
export interface WatchBatch {
  /** What comes later has a higher revision; in a fragment that is not the last, the same or a higher one. */
  readonly revision: number;
  readonly changes: readonly Change[];
  /** True: the next batch belongs to this one. */
  readonly fragment: boolean;
}

/** Where a watcher's changes go. Called while the store is being changed, so it takes notes and does its work later. */
export interface WatchSink {
  /** False: it is full. Nothing comes until `resume`, and what happens meanwhile is read from the history later. */
  changes(batch: WatchBatch): boolean;
  /** Everything up to `revision` that the watcher wants has been given to it. */
  progress(revision: number): void;
  /** History that the watcher has not got is compacted away: states before `compactRevision` are gone. The watch is over. */
  compacted(compactRevision: number): void;
}

/** A watch that was begun. */
export interface Watching {
  /** Nothing comes any more. May be called twice. */
  cancel(): void;
  /** The sink has room again. */
  resume(): void;
  /** Asks for `progress`: at once, or as soon as the watcher has caught up. */
  requestProgress(): void;
}

/** What a hub does at most; small in tests. */
export interface WatchLimits {
  /** Watchers at one store. */
  readonly watchersMax: number;
  /** Watchers that catch up in one call of `wake`; the others wait for the next. */
  readonly catchUpWatchers: number;
  /** Versions, and bytes of those it wants, that one of them looks at then. */
  readonly catchUpVersions: number;
  readonly catchUpBytes: number;
  /** A batch has at most so many bytes of keys and values, unless one revision has more. */
  readonly batchBytes: number;
}

export const WATCH_LIMITS: WatchLimits = {
  watchersMax: 65_536,
  catchUpWatchers: 16,
  catchUpVersions: 4_096,
  catchUpBytes: 1024 * 1024,
  batchBytes: 1024 * 1024,
};

/** No more watchers are taken. */
export class TooManyWatchersError extends Error {
  override readonly name = 'TooManyWatchersError';
  constructor(readonly countMax: number) {
    super(`there are ${countMax} watchers already`);
  }
}
