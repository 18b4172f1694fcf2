import { invariant } from '@orrery/runtime';
import type { LogEntry, LogOptions, LogPosition } from '../bus.ts';
import { PayloadTooLargeError, WrongPredecessorError } from '../bus-errors.ts';
import { subjectMatches } from '../matching/subject-matches.ts';
import { SubjectTree } from '../matching/subject-tree.ts';

/** One who has read everything so far and gets new entries as they come. */
export interface LiveReader {
  readonly filter: string;
  push(entry: LogEntry): void;
}

/** The entries of one log. Positions are dense, so an entry is found by counting. */
export class MemoryLogStore {
  private entries: LogEntry[] = [];
  /** Entries at the head of `entries` that are no longer kept. */
  private droppedCount = 0;
  private bytes = 0;
  private last: LogPosition = 0;
  private readonly liveReaders = new SubjectTree<LiveReader>();

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
    if (position !== previous + 1) this.forgetAll();
    this.entries.push(entry);
    this.bytes += sizeOf(entry);
    this.last = position;
    this.dropOldest();
    for (const reader of this.liveReaders.match(subject)) reader.push(entry);
  }

  get lastPosition(): LogPosition {
    return this.last;
  }

  get firstPosition(): LogPosition {
    return this.entries[this.droppedCount]?.position ?? 0;
  }

  /** Whether entries after `after` are missing. */
  hasExpired(after: LogPosition): boolean {
    return this.firstPosition > after + 1;
  }

  /** The entry at `position`, if it is kept. */
  at(position: LogPosition): LogEntry | undefined {
    const first = this.firstPosition;
    return first === 0 || position < first ? undefined : this.entries[this.droppedCount + position - first];
  }

  addLive(reader: LiveReader): void {
    this.liveReaders.add(reader.filter, reader);
  }

  removeLive(reader: LiveReader): void {
    this.liveReaders.remove(reader.filter, reader);
  }

  private forgetAll(): void {
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
