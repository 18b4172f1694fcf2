import type { Change } from '../history/changes.ts';
import { type KeyRange, rangeHolds } from '../key.ts';
import type { WatchRequest, WatchSink } from './watch.ts';

/** One watcher, and how far it has got. */
export class Watcher {
  readonly range: KeyRange;
  /** The first revision that it has not got. */
  next: number;
  isPaused = false;
  isOver = false;
  wantsProgress = false;
  /** Has it been told of anything, or looked for it? Until then it may begin at a compaction. */
  hasBegun = false;

  constructor(
    private readonly request: WatchRequest,
    readonly sink: WatchSink,
    next: number,
    private readonly batchBytesMax: number,
  ) {
    this.range = request.range;
    this.next = next;
  }

  wants(change: Change): boolean {
    if (change.revision < this.next || !rangeHolds(this.range, change.key)) return false;
    return change.current === undefined ? this.request.noDelete !== true : this.request.noPut !== true;
  }

  /** Gives it what it wants of the changes up to and with `revision`. False: it has become full on the way, and `next` says how far it got. */
  deliver(changes: readonly Change[], revision: number): boolean {
    this.hasBegun = true;
    const batches = this.#batches(changes);
    for (const [at, batch] of batches.entries()) {
      const nextRevision = batches[at + 1]?.[0]?.revision;
      const fragment = nextRevision !== undefined && this.request.fragmentBytesMax !== undefined;
      const reached = nextRevision === undefined ? revision : (batch.at(-1)?.revision ?? revision);
      const hasRoom = this.sink.changes({ revision: reached, changes: batch, fragment });
      if (this.isOver) return false;
      // Fragments belong together: who got the first gets them all.
      if (!hasRoom) this.isPaused = true;
      if (!hasRoom && nextRevision !== undefined && !fragment) {
        this.next = reached + 1;
        return false;
      }
    }
    this.next = Math.max(this.next, revision + 1);
    return !this.isPaused;
  }

  /** Cut where the batch becomes too large: anywhere for a watcher that takes fragments, otherwise only between revisions. */
  #batches(changes: readonly Change[]): Change[][] {
    const bytesMax = this.request.fragmentBytesMax ?? this.batchBytesMax;
    const anywhere = this.request.fragmentBytesMax !== undefined;
    const batches: Change[][] = [];
    let bytes = 0;
    let last: Change | undefined;
    for (const change of changes) {
      bytes += bytesOf(change);
      const mayCut = last !== undefined && (anywhere || last.revision !== change.revision);
      if (last === undefined || (mayCut && bytes > bytesMax)) {
        batches.push([]);
        bytes = bytesOf(change);
      }
      batches.at(-1)?.push(change);
      last = change;
    }
    return batches;
  }
}

export function bytesOf({ key, current, previous }: Change): number {
  return key.length + (current?.value.length ?? 0) + (previous?.value.length ?? 0);
}
