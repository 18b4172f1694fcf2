import type { StoreWatcher, WatchedChange, WatchedStretch } from '../storage/store-watcher.ts';
import type { Held } from './key-group-model.ts';
import type { KnownHistory } from './known-history.ts';
import { Violation } from './violation.ts';

/** Watchers have seen each change of the history once, in order, with what was there before; and the same as each other. Throws `Violation`. */
export function checkWatches(watchers: readonly Pick<StoreWatcher, 'stretches'>[], history: KnownHistory): void {
  const told = new Map<number, WatchedChange>();
  for (const { stretches } of watchers) {
    for (const stretch of stretches) {
      for (const change of stretch.changes) checkSame(told, change);
      if (history.isWhole) checkWhole(stretch, history);
    }
  }
}

function checkSame(told: Map<number, WatchedChange>, change: WatchedChange): void {
  const before = told.get(change.revision) ?? change;
  told.set(change.revision, before);
  if (before.key !== change.key || !isSame(before.held, change.held)) {
    throw new Violation('watchers are told the same', `${describe(before)} and ${describe(change)}`);
  }
}

function checkWhole({ from, to, changes, beginnings }: WatchedStretch, history: KnownHistory): void {
  let at = 0;
  for (const { revision, key, held } of history.changes) {
    if (revision < from || revision > to) continue;
    const change = changes[at];
    if (change === undefined || change.revision > revision) {
      if (held === undefined && beginnings.has(revision)) continue;
      throw new Violation(
        'watches have no gaps',
        `revision ${revision} of ${key} is missing between ${from} and ${to}`,
      );
    }
    at++;
    if (change.revision !== revision || change.key !== key || !isSame(change.held, held)) {
      const detail = `${describe(change)}, but the history has ${describe({ revision, key, held, previous: undefined })}`;
      throw new Violation('watches tell the history', detail);
    }
    const previous = history.at(key, revision - 1);
    if (isSame(change.previous, previous) || (change.previous === undefined && beginnings.has(revision))) continue;
    throw new Violation('watches tell what was there before', `${describe(change)}: it was ${text(previous)}`);
  }
  const surplus = changes[at];
  if (surplus !== undefined) throw new Violation('watches tell the history', `${describe(surplus)} never happened`);
}

function isSame(a: Held | undefined, b: Held | undefined): boolean {
  return a?.value === b?.value && a?.version === b?.version;
}

function describe({ revision, key, held, previous }: WatchedChange): string {
  return `${revision}: ${key} = ${text(held)} after ${text(previous)}`;
}

function text(held: Held | undefined): string {
  return held === undefined ? 'nothing' : `${held.value}#${held.version}`;
}
