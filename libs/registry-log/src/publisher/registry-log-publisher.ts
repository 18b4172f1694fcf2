import {
  BusClosedError,
  type Log,
  type LogEntry,
  type LogPosition,
  type Subjects,
  WrongPredecessorError,
} from '@orrery/bus';
import { type Logger, type Milliseconds, sleepOrStop, type Timer, type Timers } from '@orrery/runtime';
import { registryEntry } from '../event/registry-entry.ts';
import type { RevisionSource } from '../source/revision-source.ts';
import { findEnd } from './log-end.ts';

export interface RegistryLogPublisherParts {
  /** Opens the registry log. */
  readonly openLog: () => Promise<Log>;
  readonly source: RevisionSource;
  readonly subjects: Subjects;
  readonly timers: Timers;
  readonly logger: Logger;
  /** May this publisher write at the moment? Of those that may, one gets through. */
  readonly leads: () => boolean;
  /**
   * How long to leave the log to another writer before looking whether it still goes on. Default: for a moment only, because one alone is meant to
   * write, and the other is about to find out.
   */
  readonly standbyMs?: Milliseconds;
}

/** Appends under way at once. */
const WINDOW = 256;
/** Bytes of entries under way at once, unless the first is larger. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Of an empty store. */
const FIRST_REVISION = 1;
/** A longer past in which nothing was told is left out of a new log. */
const SILENCE_TOLD_MAX = 256;
/** Pause after a failure. */
const PAUSE_MS = 200;
const MOMENT_MS = 20;
/** How often the end of the log is looked at although nothing seems wrong: somebody may have deleted it. */
export const LOOK_INTERVAL_MS = 10_000;

/**
 * Writes each revision to the registry log once and in order, as long as it may.
 *
 * Each entry names its predecessor, so that of several publishers only one can write it; the others find out and leave the log to it for a while. What a
 * deposed leader still writes is committed, and therefore the same. Where the broker has lost entries, they are written again from the source,
 * the same as before; where the source does not know them any more, the log begins anew behind a gap, and its followers list again.
 */
export class RegistryLogPublisher {
  #log: Log | undefined;
  /** Last position in the log; `undefined` while not known. */
  #position: LogPosition | undefined;
  /** The next entry goes here, behind a gap; what lies before must not be followed. */
  #beginsAt: LogPosition | undefined;
  /** Another writer has put an entry here; it should be the same as ours. */
  #doubtful: LogPosition | undefined;
  /** Counts the reasons to look at the log's end again: what was found out before the last one does not count. */
  #looks = 0;
  #published = 0;
  #running = false;
  #failing: Error | undefined;
  #lookTimer: Timer | undefined;
  readonly #stop = new AbortController();

  constructor(private readonly parts: RegistryLogPublisherParts) {}

  /** Last revision that the log holds or need not hold, as this publisher knows it. */
  get published(): number {
    return this.#published;
  }
  /** Why nothing can be published at the moment. */
  get failing(): Error | undefined {
    return this.#failing;
  }

  /** From now on the log is looked at from time to time also when nothing is to be published. */
  start(): void {
    this.#lookTimer ??= this.parts.timers.every(LOOK_INTERVAL_MS, () => this.lookAgain());
    this.wake();
  }

  /** There may be something to publish. */
  wake(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    if (!this.parts.leads()) {
      this.#position = undefined;
      return;
    }
    if (this.#isSilent()) this.#published = this.parts.source.revision;
    if (this.#isUpToDate()) return;
    this.#running = true;
    void this.#run();
  }

  /** The broker was away, or something else happened to it: where the log ends has to be read again. */
  lookAgain(): void {
    this.#looks++;
    this.#position = undefined;
    this.wake();
  }

  stop(): void {
    this.#lookTimer?.cancel();
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (this.#mayWrite() && !this.#isUpToDate()) {
      try {
        await this.#publishNext();
        this.#failing = undefined;
      } catch (error) {
        this.#position = undefined;
        if (error instanceof BusClosedError) break;
        if (error instanceof WrongPredecessorError) await this.#giveWay(error);
        else await this.#pauseAfter(error);
      }
    }
    this.#running = false;
  }

  #mayWrite(): boolean {
    return !this.#stop.signal.aborted && this.parts.leads();
  }

  #isUpToDate(): boolean {
    return this.#isSilent() || (this.#position !== undefined && this.#position === this.parts.source.revision);
  }

  /**
   * There is nothing to tell in a log that ends at `last`: who uses the store for other things does not pay for it. The first revision stands
   * there all the same, so that there is a log to follow.
   */
  #isSilent(last = this.#position): boolean {
    const { source } = this.parts;
    if (last === undefined || last > FIRST_REVISION || source.toldFrom !== undefined) return false;
    return last === FIRST_REVISION || source.changesAt(FIRST_REVISION) === undefined;
  }

  /** Appends what comes next, several entries at once: they leave in order, and one that fails makes all after it fail too. */
  async #publishNext(): Promise<void> {
    const { source } = this.parts;
    this.#log ??= await this.parts.openLog();
    const looks = this.#looks;
    const position = this.#position ?? (await this.#findPosition(this.#log));
    if (position > source.revision) return this.#comeBehind(position);
    const first = this.#isSilent(position) ? undefined : await this.#firstAfter(position);
    if (first === undefined) {
      this.#remember(position, looks);
      return;
    }
    const batch = this.#batchFrom(first);
    if (batch.length === 0) return this.#leaveOut(first);
    const settled = await Promise.allSettled(appendAll(this.#log, batch, position));
    const refused = settled.findIndex(({ status }) => status === 'rejected');
    const written = batch[(refused < 0 ? batch.length : refused) - 1]?.position;
    if (written !== undefined) this.#noteWritten(written);
    const refusal = settled[refused];
    if (refusal?.status === 'rejected') throw refusal.reason;
    this.#remember(written ?? position, looks);
  }

  #noteWritten(position: LogPosition): void {
    this.#beginsAt = undefined;
    this.#published = Math.max(this.#published, position);
    this.parts.source.release(position);
  }

  #remember(position: LogPosition, looks: number): void {
    this.#position = looks === this.#looks ? position : undefined;
  }

  async #findPosition(log: Log): Promise<LogPosition> {
    const { source, subjects, logger } = this.parts;
    const { last, isOurs } = await findEnd(log, source, subjects, this.#doubtful);
    this.#doubtful = undefined;
    if (!isOurs && (this.#beginsAt === undefined || this.#beginsAt <= last)) {
      logger.warn('the registry log tells another history than the store', { last });
      await this.#beginBehind(Math.max(last, await source.newestRevision()));
    }
    this.#published = this.#isSilent(last) ? source.revision : Math.min(last, source.revision);
    return last;
  }

  /**
   * The next revision; but where the log ends before what the source remembers, or must not be followed, the first one behind a gap. The gap makes the
   * followers list again. `undefined`: there is nothing to publish.
   */
  async #firstAfter(last: LogPosition): Promise<LogPosition | undefined> {
    const { source, logger } = this.parts;
    const next = Math.max(last + 1, this.#beginsAt ?? 0, last <= FIRST_REVISION ? this.#endOfSilence : 0);
    if (source.changesAt(next) !== undefined) return next;
    if (last === source.revision) return undefined;
    logger.warn('the registry log begins anew', { last, compactRevision: source.compactRevision });
    if (source.compactRevision >= source.revision) await source.skipRevisions(source.revision);
    return Math.max(next, source.compactRevision + 1);
  }

  /** Where the log begins or goes on after nothing was told. Where something is left out, who has listed before lists again. */
  get #endOfSilence(): LogPosition {
    const { toldFrom = FIRST_REVISION } = this.parts.source;
    return toldFrom > SILENCE_TOLD_MAX ? toldFrom : FIRST_REVISION;
  }

  #batchFrom(first: LogPosition): LogEntry[] {
    const { source, subjects } = this.parts;
    const batch: LogEntry[] = [];
    let bytes = 0;
    for (let revision = first; revision <= source.revision; revision++) {
      if (batch.length === WINDOW || bytes > WINDOW_BYTES) break;
      const changes = source.changesAt(revision);
      const entry = changes && registryEntry(revision, changes, subjects);
      if (entry === undefined) break;
      bytes += entry.data.length;
      batch.push(entry);
    }
    return batch;
  }

  /** One entry cannot tell what `revision` has changed: it stays out of the log, and the gap makes the followers list again. */
  async #leaveOut(revision: LogPosition): Promise<void> {
    const { source, logger } = this.parts;
    if (source.changesAt(revision) === undefined) {
      this.#position = undefined;
      return this.#sleep(MOMENT_MS);
    }
    logger.warn('a revision changed several objects, the registry log begins anew behind it', { revision });
    if (source.revision === revision) await source.skipRevisions(revision);
    this.#beginsAt = revision + 1;
  }

  /** The log knows revisions that the source does not: it lags, or the data was replaced by older ones. */
  async #comeBehind(last: LogPosition): Promise<void> {
    const { source, logger } = this.parts;
    this.#position = undefined;
    const newest = await source.newestRevision();
    if (newest >= last) return this.#sleep(MOMENT_MS);
    logger.warn('the registry log is ahead of the store', { last, revision: newest });
    await this.#beginBehind(last);
  }

  async #beginBehind(last: LogPosition): Promise<void> {
    const { source } = this.parts;
    await source.skipRevisions(last);
    this.#position = undefined;
    this.#beginsAt = source.revision;
  }

  /** Another writer was there, or the broker lost entries. A writer that goes on is left alone. */
  async #giveWay({ expected, last }: WrongPredecessorError): Promise<void> {
    const { logger, source, standbyMs } = this.parts;
    logger.info('the registry log ends elsewhere than expected', { expected, last });
    this.#doubtful = expected + 1;
    if (last <= expected || standbyMs === undefined) return this.#sleep(MOMENT_MS);
    source.rest();
    try {
      await this.#standBy(last, standbyMs);
    } catch (error) {
      if (!(error instanceof BusClosedError)) await this.#pauseAfter(error);
    }
  }

  /** Until the log stands still although there is something to publish. */
  async #standBy(position: LogPosition, standbyMs: Milliseconds): Promise<void> {
    const { source } = this.parts;
    let seen = position;
    while (this.#mayWrite()) {
      this.#published = seen;
      await this.#sleep(standbyMs);
      const last = (await this.#log?.lastPosition()) ?? 0;
      if (last <= seen && (await source.newestRevision()) !== last) return;
      seen = last;
    }
  }

  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#failing === undefined) this.parts.logger.warn('cannot write to the registry log', { error });
    this.#failing = error instanceof Error ? error : new Error(String(error));
    await this.#sleep(PAUSE_MS);
  }

  #sleep(delay: Milliseconds): Promise<void> {
    return sleepOrStop(this.parts.timers, delay, this.#stop.signal);
  }
}

function appendAll(log: Log, batch: readonly LogEntry[], after: LogPosition): Promise<void>[] {
  let previous = after;
  return batch.map((entry) => {
    const appending = log.append(entry, previous);
    previous = entry.position;
    return appending;
  });
}
