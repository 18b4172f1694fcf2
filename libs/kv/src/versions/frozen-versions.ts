import type { VersionStore } from './version-store.ts';
import { NONE } from './version-table.ts';

/** One change of one key, as etcd keeps it in its database. */
export interface KeptVersion {
  readonly revision: number;
  /** Its place among the changes of that revision, from 0. Compaction leaves gaps. */
  readonly sub: number;
  readonly deleted: boolean;
  /** The encoded `mvccpb.KeyValue`, which `storagev1.KeyValue` equals byte for byte; of a deletion only the key. Must not be changed. */
  readonly record: Uint8Array;
}

/** Keys looked at, or rows moved, between two pauses. */
const SLICE = 1_024;

/**
 * All versions that the states from `compactRevision` up to `revision` need, in order of revision, while the store goes on. Until `release`
 * nothing is freed.
 */
export class FrozenVersions {
  readonly #unpin: () => void;
  #rows: Int32Array = new Int32Array(0);

  constructor(
    private readonly store: VersionStore,
    private readonly revision: number,
    private readonly compactRevision: number,
  ) {
    this.#unpin = store.pin();
  }

  /** Must be run to its end before versions are read; each step takes about a millisecond. */
  *prepare(): Generator<undefined> {
    const runs: Int32Array[] = [];
    let from: string | undefined = '';
    while (from !== undefined) {
      const { run, next } = this.#gather(from);
      runs.push(run.sort((a, b) => this.store.compareAge(a, b)));
      from = next;
      yield undefined;
    }
    this.#rows = yield* merged(runs, (a, b) => this.store.compareAge(a, b));
  }

  /** As often as wanted, always the same. */
  *versions(): Generator<KeptVersion> {
    const { store } = this;
    for (const row of this.#rows) {
      yield {
        revision: store.modRevision(row),
        sub: store.sub(row),
        deleted: store.isDeletion(row),
        record: store.record(row),
      };
    }
  }

  /** May be called twice. */
  release(): void {
    this.#rows = new Int32Array(0);
    this.#unpin();
  }

  /** Rows of a bounded number of keys, and the key to go on with. Keys that come meanwhile have no version up to `revision`. */
  #gather(from: string): { readonly run: Int32Array; readonly next: string | undefined } {
    const rows: number[] = [];
    let keys = 0;
    let next: string | undefined;
    this.store.visitKnown(from, (key, newest) => {
      if (keys++ === SLICE) next = key;
      else this.#gatherKey(newest, rows);
      return next === undefined;
    });
    return { run: Int32Array.from(rows), next };
  }

  /** Of what compaction covers only the newest version counts, and that only if it is no deletion: etcd's `keyIndex.compact`. */
  #gatherKey(newest: number, rows: number[]): void {
    const { store, compactRevision } = this;
    let row = store.versionAt(newest, this.revision);
    for (; row !== NONE && store.modRevision(row) > compactRevision; row = store.older(row)) rows.push(row);
    if (row !== NONE && !store.isDeletion(row)) rows.push(row);
  }
}

/** One sorted array from several. */
function* merged(
  runs: readonly Int32Array[],
  order: (a: number, b: number) => number,
): Generator<undefined, Int32Array> {
  let left = runs;
  while (left.length > 1) {
    const next: Int32Array[] = [];
    for (let at = 0; at < left.length; at += 2) {
      next.push(yield* mergedPair(left[at] ?? EMPTY, left[at + 1] ?? EMPTY, order));
    }
    left = next;
  }
  return left[0] ?? EMPTY;
}

function* mergedPair(
  a: Int32Array,
  b: Int32Array,
  order: (a: number, b: number) => number,
): Generator<undefined, Int32Array> {
  const rows = new Int32Array(a.length + b.length);
  let fromA = 0;
  let fromB = 0;
  for (let at = 0; at < rows.length; at++) {
    if ((at + 1) % SLICE === 0) yield undefined;
    const takeA = fromB === b.length || (fromA < a.length && order(a[fromA] as number, b[fromB] as number) < 0);
    rows[at] = (takeA ? a[fromA++] : b[fromB++]) as number;
  }
  return rows;
}

const EMPTY: Int32Array = new Int32Array(0);
