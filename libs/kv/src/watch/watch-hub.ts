import type { Change } from '../history/changes.ts';
import { rangeHolds } from '../key.ts';
import type { KvStore } from '../kv-store.ts';
import {
  TooManyWatchersError,
  WATCH_LIMITS,
  type Watching,
  type WatchLimits,
  type WatchRequest,
  type WatchSink,
} from './watch.ts';
import { Watcher } from './watcher.ts';
import { WatcherIndex } from './watcher-index.ts';

/**
 * Tells watchers what changes in a store: first from the history, then as it happens; each revision once, in order, without a gap. Watchers
 * that have everything are served together; those that begin in the past, or whose sink was full, read the history until they have caught up (in
 * etcd's words: synced and unsynced).
 *
 * Pure: nothing happens but within calls. `wake` has to be called after the store has changed.
 */
export class WatchHub {
  /** Have got everything up to `#revision`. */
  readonly #synced = new WatcherIndex();
  /** Have to catch up, or are full. */
  readonly #behind = new Set<Watcher>();
  #revision: number;

  constructor(
    private readonly store: KvStore,
    private readonly limits: WatchLimits = WATCH_LIMITS,
  ) {
    this.#revision = store.revision;
    store.beforeCompaction(() => this.#serveSynced());
  }

  get watchers(): number {
    return this.#synced.size + this.#behind.size;
  }
  /** Watchers that do not have everything yet. */
  get watchersBehind(): number {
    return this.#behind.size;
  }

  /** Nothing reaches the sink before this call has returned. Throws `TooManyWatchersError`. */
  watch(request: WatchRequest, sink: WatchSink): Watching {
    const { watchersMax, batchBytes } = this.limits;
    if (this.watchers >= watchersMax) throw new TooManyWatchersError(watchersMax);
    const next = request.startRevision === 0 ? this.store.revision + 1 : request.startRevision;
    const watcher = new Watcher(request, sink, next, batchBytes);
    if (watcher.next > this.store.revision) this.#synced.add(watcher);
    else this.#behind.add(watcher);
    return {
      cancel: () => this.#end(watcher),
      resume: () => {
        watcher.isPaused = false;
      },
      requestProgress: () => {
        watcher.wantsProgress = true;
        if (!this.#behind.has(watcher)) this.#tellProgress(watcher);
      },
    };
  }

  /** Tells what there is to tell. True: there is more, and somebody should call again soon. */
  wake(): boolean {
    this.#serveSynced();
    return this.#catchUp();
  }

  // Watchers that have everything.

  #serveSynced(): void {
    const from = this.#revision + 1;
    const to = this.store.revision;
    if (from > to) return;
    this.#revision = to;
    if (this.#synced.size === 0) return;
    if (from <= this.store.compactRevision) this.#putBehind(from);
    else this.#serve(this.#collect(from, to), to);
  }

  #serve(wanted: ReadonlyMap<Watcher, readonly Change[]>, to: number): void {
    for (const [watcher, changes] of wanted) {
      if (watcher.isOver || watcher.deliver(changes, to)) continue;
      this.#synced.delete(watcher);
      if (!watcher.isOver) this.#behind.add(watcher);
    }
  }

  /** What each watcher gets, with only those changes looked at that somebody wants. */
  #collect(from: number, to: number): Map<Watcher, Change[]> {
    const wanted = new Map<Watcher, Change[]>();
    const offer = (watcher: Watcher, change: Change): void => {
      if (!watcher.wants(change)) return;
      const changes = wanted.get(watcher);
      if (changes === undefined) wanted.set(watcher, [change]);
      else changes.push(change);
    };
    for (const change of this.store.changesBetween(from, to, { wanted: (key) => this.#isWatched(key) }).changes) {
      for (const watcher of this.#synced.ofKey(change.key)) offer(watcher, change);
      for (const watcher of this.#synced.ofRanges()) offer(watcher, change);
    }
    return wanted;
  }

  #isWatched(key: string): boolean {
    if (this.#synced.ofKey(key).size > 0) return true;
    for (const { range } of this.#synced.ofRanges()) if (rangeHolds(range, key)) return true;
    return false;
  }

  /** The store has become another one, from a snapshot: where its history begins too late, watchers are told when they look for it. */
  #putBehind(from: number): void {
    for (const watcher of [...this.#synced.all()]) {
      if (watcher.next > this.store.revision) continue;
      watcher.next = Math.max(watcher.next, from);
      watcher.hasBegun = true;
      this.#synced.delete(watcher);
      this.#behind.add(watcher);
    }
  }

  // Watchers that have not.

  #catchUp(): boolean {
    let served = 0;
    for (const watcher of [...this.#behind]) {
      if (watcher.isPaused) continue;
      if (served++ === this.limits.catchUpWatchers) return true;
      this.#readOn(watcher);
      if (!this.#behind.delete(watcher)) continue;
      // Who has to go on stands at the end, so that all get their turn.
      if (watcher.isPaused || watcher.next <= this.#revision) this.#behind.add(watcher);
      else this.#caughtUp(watcher);
    }
    return [...this.#behind].some(({ isPaused }) => !isPaused);
  }

  #readOn(watcher: Watcher): void {
    const { store, limits } = this;
    const { compactRevision } = store;
    if (watcher.next < compactRevision || (watcher.next === compactRevision && watcher.hasBegun)) {
      this.#end(watcher);
      watcher.sink.compacted(compactRevision);
      return;
    }
    // As in etcd, a watch may begin at the compaction itself: of that revision it gets what still stands there.
    const standing = watcher.next === compactRevision ? store.standingSince(watcher.range, compactRevision) : [];
    const wanted = (key: string): boolean => rangeHolds(watcher.range, key);
    const bounds = { versionsMax: limits.catchUpVersions, bytesMax: limits.catchUpBytes };
    const slice = store.changesBetween(watcher.next, this.#revision, { wanted, ...bounds });
    const changes = [...standing, ...slice.changes].filter((change) => watcher.wants(change));
    watcher.deliver(changes, slice.to);
  }

  #caughtUp(watcher: Watcher): void {
    this.#synced.add(watcher);
    if (watcher.wantsProgress) this.#tellProgress(watcher);
  }

  #tellProgress(watcher: Watcher): void {
    watcher.wantsProgress = false;
    if (!watcher.isOver) watcher.sink.progress(this.#revision);
  }

  #end(watcher: Watcher): void {
    watcher.isOver = true;
    this.#behind.delete(watcher);
    this.#synced.delete(watcher);
  }
}
