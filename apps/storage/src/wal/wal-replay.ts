import type { raftv1 } from '@orrery/proto';
import { invariant } from '@orrery/runtime';
import type { WalRecord } from './wal-record.ts';

/** Where a log stands: an index and the term of the entry there. */
export interface WalPoint {
  readonly index: number;
  readonly term: number;
}

/** Collects records in the order in which they were written. Entries that the snapshot holds are not kept. */
export class WalReplay {
  hardState: raftv1.HardState | undefined;
  firstConfiguration: raftv1.Configuration | undefined;
  /** Behind `startsAfter`, without gaps. */
  readonly entries: raftv1.Entry[] = [];
  /** Index before the first entry of `entries`. */
  startsAfter: number;
  /** Last index in the log; below `snapshot.index` where the log ends before. */
  lastIndex = 0;
  /** Term that the log has at `snapshot.index`; `undefined` where it has no entry there. */
  termAtSnapshot: number | undefined;
  /** Index before the oldest entry that the log still has. */
  logStartsAfter: number | undefined;

  constructor(private readonly snapshot: WalPoint) {
    this.startsAfter = snapshot.index;
  }

  add(record: WalRecord): void {
    switch (record.kind) {
      case 'hard-state':
        this.hardState = record.hardState;
        return;
      case 'first-configuration':
        this.firstConfiguration = record.configuration;
        return;
      case 'entry':
        this.#addEntry(record.entry);
        return;
      case 'restart':
        this.#restart(record);
        return;
      case 'continuation':
        if (this.logStartsAfter === undefined) this.#beginAfter(record.index);
        invariant(
          record.index === this.lastIndex,
          `a segment goes on at ${record.index}, the log ends at ${this.lastIndex}`,
        );
        return;
      default:
        record satisfies never;
    }
  }

  #addEntry(entry: raftv1.Entry): void {
    const { index, term } = entry;
    if (this.logStartsAfter === undefined) this.#beginAfter(index - 1);
    invariant(index <= this.lastIndex + 1, `raft entry ${index} follows ${this.lastIndex} on disk`);
    if (index <= this.snapshot.index) {
      this.entries.length = 0;
      this.termAtSnapshot = index === this.snapshot.index ? term : undefined;
    } else {
      this.entries.length = index - this.startsAfter - 1;
      this.entries.push(entry);
    }
    this.lastIndex = index;
  }

  #restart({ index, term }: WalPoint): void {
    this.entries.length = 0;
    this.lastIndex = index;
    this.logStartsAfter = index;
    this.startsAfter = Math.max(index, this.snapshot.index);
    this.termAtSnapshot = index === this.snapshot.index ? term : undefined;
  }

  #beginAfter(index: number): void {
    this.logStartsAfter = index;
    this.lastIndex = index;
  }
}
