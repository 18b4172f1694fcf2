import { raftv1 } from '@orrery/proto';
import { invariant } from '@orrery/runtime';
import { NOBODY } from '../membership/configuration.ts';
import { ConfigurationHistory } from '../membership/configuration-history.ts';

/** Where a log agrees with another one at the latest: an index and the term found there. */
export interface LogPoint {
  readonly index: number;
  readonly term: number;
}

/** What a log is made of when a member starts. */
export interface RecoveredLog {
  /** In force before the first entry; ignored where there is a snapshot. */
  readonly configuration: raftv1.Configuration;
  readonly snapshot: raftv1.SnapshotMeta | undefined;
  /** What was found on disk, without gaps. Entries that the snapshot covers do no harm. */
  readonly entries: readonly raftv1.Entry[];
}

/**
 * The entries of one member, in memory, from `offset` + 1 on, and the configurations among them.
 *
 * Invariant: offset ≤ applied ≤ committed ≤ lastIndex, and stable ≤ handedOut ≤ lastIndex.
 */
export class RaftLog {
  /** Index and term of the last entry that was discarded; 0 and 0 for a log that is complete. */
  #offset: number;
  #offsetTerm: number;
  #entries: raftv1.Entry[] = [];
  #configurations: ConfigurationHistory;

  /** Known to be on a majority's disks. */
  #committed: number;
  /** Handed to the state machine. */
  applied: number;
  /** Given out to be written to disk. */
  handedOut: number;
  /** Known to be on this member's disk. */
  stable: number;

  constructor({ configuration, snapshot, entries }: RecoveredLog) {
    this.#offset = snapshot?.index ?? 0;
    this.#offsetTerm = snapshot?.term ?? 0;
    this.#configurations = new ConfigurationHistory(this.#offset, snapshot?.configuration ?? configuration);
    this.#committed = this.#offset;
    this.applied = this.#offset;
    this.append(entries.filter(({ index }) => index > this.#offset));
    this.handedOut = this.lastIndex;
    this.stable = this.lastIndex;
  }

  get committed(): number {
    return this.#committed;
  }

  /** Index of the last entry that is not here any more. */
  get offset(): number {
    return this.#offset;
  }

  /** In force now. */
  get configuration(): raftv1.Configuration {
    return this.#configurations.current;
  }

  /** Index of the entry that brought the configuration in force; while it is not committed, no other change may begin (4.1). */
  get configurationIndex(): number {
    return this.#configurations.currentIndex;
  }

  configurationAt(index: number): raftv1.Configuration {
    return this.#configurations.at(index);
  }

  get lastIndex(): number {
    return this.#offset + this.#entries.length;
  }

  get lastTerm(): number {
    return this.#entries.at(-1)?.term ?? this.#offsetTerm;
  }

  /** Term of the entry at `index`; 0 for index 0, `undefined` for what is not (or no longer) here. */
  term(index: number): number | undefined {
    if (index === this.#offset) return this.#offsetTerm;
    return this.#entries[index - this.#offset - 1]?.term;
  }

  /** Is a log that ends at `last` at least as complete as this one (5.4.1)? */
  isUpToDate(last: LogPoint): boolean {
    return last.term > this.lastTerm || (last.term === this.lastTerm && last.index >= this.lastIndex);
  }

  append(entries: readonly raftv1.Entry[]): void {
    for (const entry of entries) {
      if (entry.index !== this.lastIndex + 1) {
        invariant(false, `raft entry ${entry.index} does not follow ${this.lastIndex}`);
      }
      this.#entries.push(entry);
      if (entry.type === raftv1.Entry_Type.TYPE_CONFIGURATION) this.#configurations.append(entry);
    }
  }

  /**
   * Takes over a leader's entries after `previous`, dropping own ones that contradict them. Returns the index up to which this log
   * now equals the leader's, or `undefined` where `previous` does not match.
   */
  maybeAppend(previous: LogPoint, entries: readonly raftv1.Entry[]): number | undefined {
    if (previous.index >= this.#offset && this.term(previous.index) !== previous.term) return undefined;
    const fresh = entries.findIndex((entry) => entry.index > this.#offset && this.term(entry.index) !== entry.term);
    if (fresh >= 0) {
      const news = entries.slice(fresh);
      this.#truncateAfter((news[0]?.index ?? 0) - 1);
      this.append(news);
    }
    return previous.index + entries.length;
  }

  /** The last point at or before `index` whose term is at most `term`: where two logs can agree at the latest. */
  findConflictByTerm(index: number, term: number): LogPoint {
    let at = Math.min(index, this.lastIndex);
    while (at > this.#offset && (this.term(at) ?? 0) > term) at--;
    return { index: at, term: this.term(at) ?? 0 };
  }

  /** Entries after `after`, at least one if there is one, at most `countMax` and about `bytesMax` bytes. */
  slice(after: number, countMax: number, bytesMax: number): raftv1.Entry[] {
    invariant(after >= this.#offset, `raft entries after ${after} are gone, the log begins after ${this.#offset}`);
    const taken: raftv1.Entry[] = [];
    let bytes = 0;
    for (let at = after - this.#offset; at < this.#entries.length && taken.length < countMax; at++) {
      const entry = this.#entries[at] as raftv1.Entry;
      bytes += entry.data.length;
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(entry);
    }
    return taken;
  }

  /** Bytes of data of the entries behind `after` up to `to`. */
  bytesBetween(after: number, to: number): number {
    let bytes = 0;
    for (let at = after - this.#offset; at < to - this.#offset; at++) {
      bytes += (this.#entries[at] as raftv1.Entry).data.length;
    }
    return bytes;
  }

  /** The commit index never moves back: less than what is known is ignored. */
  commitTo(index: number): boolean {
    if (index <= this.#committed) return false;
    invariant(index <= this.lastIndex, `commit ${index} lies beyond the last raft entry ${this.lastIndex}`);
    this.#committed = index;
    return true;
  }

  /** Entries not yet given out for writing; marks them as given out. */
  takeUnwritten(): raftv1.Entry[] {
    const entries = this.#entries.slice(this.handedOut - this.#offset);
    this.handedOut = this.lastIndex;
    return entries;
  }

  /** Committed entries not yet given to the state machine, at most `countMax`; marks them as given. */
  takeCommitted(countMax: number): raftv1.Entry[] {
    if (this.applied === this.#committed) return [];
    const from = this.applied - this.#offset;
    const entries = this.#entries.slice(from, Math.min(from + countMax, this.#committed - this.#offset));
    this.applied += entries.length;
    return entries;
  }

  /** `last` and all before it is on disk; ignored when it has been replaced meanwhile. */
  stableTo(last: LogPoint): void {
    if (last.index > this.stable && this.term(last.index) === last.term) {
      this.stable = last.index;
      this.handedOut = Math.max(this.handedOut, last.index);
    }
  }

  /** Forgets the entries that are not on disk. Only for a member that has shown them to nobody. */
  dropUnstable(): void {
    this.#truncateAfter(this.stable);
  }

  /** Frees the memory of applied entries up to `index`; a snapshot stands for them, or nobody may need them any more. */
  discardTo(index: number): void {
    const to = Math.min(index, this.applied, this.stable);
    if (to <= this.#offset) return;
    this.#offsetTerm = this.term(to) ?? 0;
    this.#entries = this.#entries.slice(to - this.#offset);
    this.#offset = to;
    this.#configurations.forgetBefore(to);
  }

  /** A snapshot has taken the place of everything (chapter 5): it is on disk and in the state machine. */
  restore(snapshot: raftv1.SnapshotMeta): void {
    const { index, term, configuration } = snapshot;
    invariant(index > this.#committed, `snapshot ${index} would undo what is committed up to ${this.#committed}`);
    this.#entries = [];
    this.#offset = index;
    this.#offsetTerm = term;
    this.#configurations = new ConfigurationHistory(index, configuration ?? NOBODY);
    this.#committed = index;
    this.applied = index;
    this.handedOut = index;
    this.stable = index;
  }

  #truncateAfter(index: number): void {
    if (index < this.#committed) {
      invariant(false, `raft entries after ${index} would be cut, but ${this.#committed} is committed`);
    }
    this.#entries.length = index - this.#offset;
    this.#configurations.truncateAfter(index);
    this.handedOut = Math.min(this.handedOut, index);
    this.stable = Math.min(this.stable, index);
  }
}
