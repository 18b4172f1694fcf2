import { invariant } from '@orrery/runtime';
import type { LogEntry, LogOptions, LogPosition } from '../bus.ts';
import { LogExpiredError, PayloadTooLargeError, WrongPredecessorError } from '../bus-errors.ts';
import { subjectMatches } from '../matching/subject-matches.ts';
import { SubjectTree } from '../matching/subject-tree.ts';

/** One who has read everything so far and gets new entries as they come. */
export interface LiveReader {
  readonly filter: string;
  /** It knows the log up to its end, and up to here where that is further: the log may have lost entries since. */
  reached: LogPosition;
  push(entry: LogEntry): void;
  fail(error: Error): void;
  /** The log has lost entries; it may end before what the reader knows. */
  logLost(): void;
}

/** The entries of one log. Positions are dense, so an entry is found by counting. */
export class MemoryLogStore {
  private entries: LogEntry[] = [];
  /** Entries at the head of `entries` that are no longer kept. */
  private droppedCount = 0;
  private bytes = 0;
  private last: LogPosition = 0;
  private readonly liveReaders = new Set<LiveReader>();
  private readonly readersBySubject = new SubjectTree<LiveReader>();

  constructor(
    private readonly name: string,
    private readonly options: LogOptions,
    private readonly payloadBytesMax: number,
  ) {}

  append(entry: LogEntry, previous: LogPosition): void {
    const { subject, position, data } = entry;
    const isOurs = this.options.subjects.some((pattern) => subjectMatches(pattern, subject));
    invariant(isOurs, `the log ${this.name} does not take ${subject}`);
    invariant(position > previous, `position ${position} does not come after ${previous}`);
    if (data.length > this.payloadBytesMax) throw new PayloadTooLargeError(subject, data.length, this.payloadBytesMax);
    if (previous !== this.last) throw new WrongPredecessorError(previous, this.last);
    if (position !== previous + 1) this.beginAnewAt(position);
    this.entries.push(entry);
    this.bytes += sizeOf(entry);
    this.last = position;
    this.dropOldest();
    for (const reader of this.readersBySubject.match(subject)) {
      // An entry that was lost and written again is known to those who had it before.
      if (position > reader.reached) reader.push(entry);
    }
  }

  /** Up to `count` of the last entries are gone, as if they had never been appended. */
  loseLast(count: number): void {
    const lastBefore = this.last;
    const kept = Math.max(this.droppedCount, this.entries.length - count);
    for (const lost of this.entries.splice(kept)) this.bytes -= sizeOf(lost);
    this.last = this.entries.length > this.droppedCount ? (this.entries.at(-1)?.position ?? 0) : 0;
    this.tellLoss(lastBefore);
  }

  get lastPosition(): LogPosition {
    return this.last;
  }

  get firstPosition(): LogPosition {
    return this.entries[this.droppedCount]?.position ?? 0;
  }

  /** All entries are removed; the log goes on behind them. Readers at its end miss nothing. */
  purge(): void {
    this.clear();
  }

  /** As if the log had never been. */
  deleteAll(): void {
    const lastBefore = this.last;
    this.clear();
    this.last = 0;
    this.tellLoss(lastBefore);
  }

  /** Whether entries after `after` are missing. */
  hasExpired(after: LogPosition): boolean {
    const firstKept = this.entries[this.droppedCount]?.position ?? this.last + 1;
    return firstKept > after + 1;
  }

  /** The entry at `position`, if it is kept. */
  at(position: LogPosition): LogEntry | undefined {
    const first = this.firstPosition;
    return first === 0 || position < first ? undefined : this.entries[this.droppedCount + position - first];
  }

  addLive(reader: LiveReader): void {
    this.liveReaders.add(reader);
    this.readersBySubject.add(reader.filter, reader);
  }

  removeLive(reader: LiveReader): void {
    this.liveReaders.delete(reader);
    this.readersBySubject.remove(reader.filter, reader);
  }

  /** Nobody can be told what lies before `position`, except who has had all of it. */
  private beginAnewAt(position: LogPosition): void {
    for (const reader of this.liveReaders) {
      const reached = Math.max(reader.reached, this.last);
      if (reached < position - 1) reader.fail(new LogExpiredError(reached, position));
    }
    this.clear();
  }

  private tellLoss(lastBefore: LogPosition): void {
    for (const reader of this.liveReaders) {
      reader.reached = Math.max(reader.reached, lastBefore);
      reader.logLost();
    }
  }

  private clear(): void {
    this.entries = [];
    this.droppedCount = 0;
    this.bytes = 0;
  }

  private dropOldest(): void {
    while (this.bytes > this.options.bytesMax && this.droppedCount < this.entries.length - 1) {
      const oldest = this.entries[this.droppedCount];
      if (oldest) this.bytes -= sizeOf(oldest);
      this.droppedCount += 1;
    }
    if (this.droppedCount < 1_024 || this.droppedCount < this.entries.length / 2) return;
    this.entries = this.entries.slice(this.droppedCount);
    this.droppedCount = 0;
  }
}

function sizeOf(entry: LogEntry): number {
  return entry.subject.length + entry.data.length;
}
