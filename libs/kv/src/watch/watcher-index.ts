import type { Watcher } from './watcher.ts';

const NOBODY: ReadonlySet<Watcher> = new Set();

/** Watchers by what they watch: those of a single key are found without looking at the others. */
export class WatcherIndex {
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #byRange = new Set<Watcher>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(watcher: Watcher): void {
    this.#size++;
    if (watcher.range.kind === 'many') {
      this.#byRange.add(watcher);
      return;
    }
    const { key } = watcher.range;
    const watchers = this.#byKey.get(key);
    if (watchers === undefined) this.#byKey.set(key, new Set([watcher]));
    else watchers.add(watcher);
  }

  /** False: it was not there. */
  delete(watcher: Watcher): boolean {
    if (watcher.range.kind === 'many') {
      if (!this.#byRange.delete(watcher)) return false;
    } else {
      const watchers = this.#byKey.get(watcher.range.key);
      if (watchers?.delete(watcher) !== true) return false;
      if (watchers.size === 0) this.#byKey.delete(watcher.range.key);
    }
    this.#size--;
    return true;
  }

  /** Those of this one key. */
  ofKey(key: string): ReadonlySet<Watcher> {
    return this.#byKey.get(key) ?? NOBODY;
  }

  ofRanges(): ReadonlySet<Watcher> {
    return this.#byRange;
  }

  *all(): Generator<Watcher> {
    yield* this.#byRange;
    for (const watchers of this.#byKey.values()) yield* watchers;
  }
}
