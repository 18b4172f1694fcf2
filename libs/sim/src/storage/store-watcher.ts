import type { Change, WatchBatch, Watching } from '@orrery/kv';
import { keyBytes, keyRange } from '@orrery/kv';
import type { Milliseconds, Random, Timers } from '@orrery/runtime';
import type { StorageMember } from '@orrery/storage';
import type { Held } from '../checker/key-group-model.ts';
import { Violation } from '../checker/violation.ts';
import { GROUP_PREFIX } from './group-client.ts';
import { uidOf } from './storage-client.ts';

/** One change, as a watcher was told of it. */
export interface WatchedChange {
  readonly revision: number;
  /** Without the prefix that all watched keys have. */
  readonly key: string;
  /** Undefined: it was deleted. */
  readonly held: Held | undefined;
  readonly previous: Held | undefined;
}

/** What a watcher has been told without a gap: all changes from `from` up to and with `to`. */
export interface WatchedStretch {
  readonly from: number;
  to: number;
  readonly changes: WatchedChange[];
  /**
   * Revisions with which a watch began. Where one is that of the compaction, a watch gets what still stands there, as in etcd: no deletion, and
   * nothing of what was before.
   */
  readonly beginnings: Set<number>;
}

export interface StoreWatcherParts {
  readonly name: string;
  readonly random: Random;
  readonly timers: Timers;
  readonly now: () => Milliseconds;
  /** Those whose processes run now. */
  readonly members: () => readonly StorageMember[];
  readonly report: (error: unknown) => void;
}

const RANGE = keyRange(keyBytes(GROUP_PREFIX), keyBytes(`${GROUP_PREFIX.slice(0, -1)}0`));
const LOOK_MS = 500;
/** How long a watcher stays with one member at most. */
const STAY_MS_MAX = 60_000;

/**
 * Watches all groups, now at this member, now at that one, and goes on each time where it was, as the caches of API servers do when a connection
 * breaks. Insists on order; that nothing is missing is checked in the end.
 */
export class StoreWatcher {
  /** Where one ends and the next begins, history had been compacted away. */
  readonly stretches: WatchedStretch[] = [newStretch(1)];
  #watching: Watching | undefined;
  #isStopped = false;
  /** The first revision that it has not been told of. */
  #next = 1;

  constructor(private readonly parts: StoreWatcherParts) {}

  get position(): number {
    return this.#next - 1;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async run(): Promise<void> {
    const { timers, random, now, members } = this.parts;
    while (!this.#isStopped) {
      const running = members();
      const chosen = running[random.integer(Math.max(1, running.length))];
      if (chosen !== undefined) {
        const until = now() + random.next() * STAY_MS_MAX;
        this.#begin(chosen);
        while (this.#watching !== undefined && now() < until) {
          await timers.sleep(LOOK_MS);
          if (!members().includes(chosen)) break;
          if (random.next() < 0.1) this.#watching?.requestProgress();
        }
        this.#end();
      }
      await timers.sleep(LOOK_MS);
    }
  }

  #begin(member: StorageMember): void {
    const { timers, random } = this.parts;
    const startRevision = this.#next;
    this.#stretch.beginnings.add(startRevision);
    let isOver = false;
    const guarded = (step: () => void): void => {
      // What a member says after the watcher has left it, or after its process died, reaches nobody.
      if (isOver || this.#watching !== watching) return;
      try {
        step();
      } catch (error) {
        this.parts.report(error);
      }
    };
    const watching = member.watch(
      { range: RANGE, startRevision },
      {
        changes: (batch) => {
          guarded(() => this.#take(batch));
          if (random.next() > 0.05) return true;
          void timers.sleep(random.next() * 3_000).then(() => guarded(() => watching?.resume()));
          return false;
        },
        progress: (revision) => guarded(() => this.#reach(revision)),
        compacted: (revision) =>
          guarded(() => {
            this.#skipTo(revision, startRevision);
            isOver = true;
            this.#watching = undefined;
          }),
      },
    );
    this.#watching = watching;
  }

  #end(): void {
    this.#watching?.cancel();
    this.#watching = undefined;
  }

  #take({ revision, changes }: WatchBatch): void {
    const stretch = this.#stretch;
    for (const change of changes) {
      const last = stretch.changes.at(-1);
      if (change.revision < this.#next || (last !== undefined && change.revision <= last.revision)) {
        const detail = `${this.parts.name} got ${change.revision} after ${Math.max(this.#next - 1, last?.revision ?? 0)}`;
        throw new Violation('watches are in order and repeat nothing', detail);
      }
      stretch.changes.push(watched(change));
    }
    const highest = changes.at(-1)?.revision ?? 0;
    if (highest > revision) {
      throw new Violation('watches are in order and repeat nothing', `${highest} in a batch up to ${revision}`);
    }
    this.#reach(revision);
  }

  #reach(revision: number): void {
    this.#next = Math.max(this.#next, revision + 1);
    this.#stretch.to = this.#next - 1;
  }

  #skipTo(compactRevision: number, startRevision: number): void {
    if (compactRevision < startRevision) {
      const detail = `${this.parts.name} began at ${startRevision}, and the compaction is said to be at ${compactRevision}`;
      throw new Violation('only what is compacted is kept from a watch', detail);
    }
    this.#next = Math.max(this.#next, compactRevision + 1);
    this.stretches.push(newStretch(this.#next));
  }

  get #stretch(): WatchedStretch {
    return this.stretches.at(-1) as WatchedStretch;
  }
}

function newStretch(from: number): WatchedStretch {
  return { from, to: from - 1, changes: [], beginnings: new Set() };
}

function watched({ revision, key, current, previous }: Change): WatchedChange {
  return { revision, key: key.slice(GROUP_PREFIX.length), held: heldOf(current), previous: heldOf(previous) };
}

function heldOf(kv: Change['current']): Held | undefined {
  return kv === undefined ? undefined : { value: uidOf(kv.value), version: kv.version };
}
