import { BusClosedError, type Log, type Subjects, WrongPredecessorError } from '@orrery/bus';
import type { KvStore } from '@orrery/kv';
import { registryv1 } from '@orrery/proto';
import type { Logger, Timers } from '@orrery/runtime';
import { sleepOrStop } from '../lifecycle/sleep-or-stop.ts';
import { registryEvent } from './registry-event.ts';

export interface RegistryLogPublisherParts {
  /** Opens the registry log. */
  readonly openLog: () => Promise<Log>;
  readonly store: KvStore;
  readonly subjects: Subjects;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Does this member lead, with everything applied that was committed before? */
  readonly leads: () => boolean;
  /** Has the cluster go on behind `revision`. */
  readonly skipRevisions: (revision: number) => Promise<void>;
}

/** Appends under way at once. */
const WINDOW = 256;
/** Bytes of events under way at once, unless the first is larger. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** Pause after a failure, and after another writer was found. */
const PAUSE_MS = 200;
const OVERTAKEN_PAUSE_MS = 20;

/**
 * Writes each revision to the registry log once and in order, while this member leads.
 *
 * Each entry names its predecessor, so that of two members that both believe to lead only one can write it; the other finds out, reads where
 * the log ends and goes on from there. What a deposed leader still writes is committed and therefore the same.
 */
export class RegistryLogPublisher {
  #log: Log | undefined;
  /** Last position in the log; `undefined` while not known. */
  #position: number | undefined;
  #published = 0;
  #running = false;
  #failing: Error | undefined;
  readonly #stop = new AbortController();

  constructor(private readonly parts: RegistryLogPublisherParts) {}

  /** Last revision in the log, as this member knows it. */
  get published(): number {
    return this.#published;
  }
  /** Why nothing can be published at the moment. */
  get failing(): Error | undefined {
    return this.#failing;
  }

  /** There may be something to publish. */
  wake(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    if (!this.parts.leads()) {
      this.#position = undefined;
      return;
    }
    if (this.#position !== undefined && this.#position >= this.parts.store.revision) return;
    this.#running = true;
    void this.#run();
  }

  /** The broker was away: where the log ends has to be read again, because what the broker had not synced may be gone. */
  lookAgain(): void {
    this.#position = undefined;
    this.wake();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (this.#mayWrite() && this.#position !== this.parts.store.revision) {
      try {
        await this.#publishBatch();
        this.#failing = undefined;
      } catch (error) {
        this.#position = undefined;
        if (error instanceof BusClosedError) break;
        await this.#pauseAfter(error);
      }
    }
    this.#running = false;
  }

  #mayWrite(): boolean {
    return !this.#stop.signal.aborted && this.parts.leads();
  }

  /** Appends what comes next, several entries at once: they leave in order, and one that fails makes all after it fail too. */
  async #publishBatch(): Promise<void> {
    this.#log ??= await this.parts.openLog();
    this.#position ??= await this.#findPosition(this.#log);
    if (this.#position > this.parts.store.revision) return this.#comeBehind(this.#position);
    const settled = await Promise.allSettled(this.#appendBatch(this.#log, this.#position));
    for (const result of settled) {
      if (result.status === 'rejected') throw result.reason;
      this.#published = Math.max(this.#published, result.value);
    }
    // Without any result there was nothing to do.
    this.#position = settled.length > 0 ? this.#published : this.#position;
  }

  async #findPosition(log: Log): Promise<number> {
    const last = await log.lastPosition();
    this.#published = last;
    return last;
  }

  #appendBatch(log: Log, after: number): Promise<number>[] {
    const { store, subjects } = this.parts;
    const appends: Promise<number>[] = [];
    let bytes = 0;
    let previous = after;
    for (let revision = this.#firstAfter(after); revision <= store.revision; revision++) {
      if (appends.length === WINDOW || bytes > WINDOW_BYTES) break;
      const { subject, event } = registryEvent(revision, store.changesAt(revision) ?? [], subjects);
      const data = registryv1.Event.encode(event).finish();
      bytes += data.length;
      const position = revision;
      appends.push(log.append({ subject, position, data }, previous).then(() => position));
      previous = position;
    }
    return appends;
  }

  /**
   * The next revision; but where the log was lost, or ends before what the store remembers, the newest or the oldest one that can be told. The gap
   * makes the log begin there, and its followers list again.
   */
  #firstAfter(last: number): number {
    const { store, logger } = this.parts;
    if (last === 0) return store.revision;
    if (store.changesAt(last + 1) !== undefined || last === store.revision) return last + 1;
    logger.warn('the registry log begins anew', { last, compactRevision: store.compactRevision });
    return store.compactRevision + 1;
  }

  /** The log knows revisions that the cluster does not: the data folder was replaced by an older or an empty one. */
  async #comeBehind(last: number): Promise<void> {
    const { store, logger } = this.parts;
    logger.warn('the registry log is ahead of the store', { last, revision: store.revision });
    this.#position = undefined;
    await this.parts.skipRevisions(last);
  }

  async #pauseAfter(error: unknown): Promise<void> {
    const { logger, timers } = this.parts;
    const overtaken = error instanceof WrongPredecessorError;
    if (overtaken) {
      logger.info('the registry log ends elsewhere than expected', { expected: error.expected, last: error.last });
    } else {
      if (this.#failing === undefined) logger.warn('cannot write to the registry log', { error });
      this.#failing = error instanceof Error ? error : new Error(String(error));
    }
    await sleepOrStop(timers, overtaken ? OVERTAKEN_PAUSE_MS : PAUSE_MS, this.#stop.signal);
  }
}
