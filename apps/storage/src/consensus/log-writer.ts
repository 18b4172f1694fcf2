import type { DurableWrite, Raft } from '@orrery/raft';
import { DiskFullError, type Logger, type Timer, type Timers } from '@orrery/runtime';
import type { WriteAheadLog } from '../wal/write-ahead-log.ts';

export interface LogWriterParts {
  readonly raft: Raft;
  readonly wal: Pick<WriteAheadLog, 'append' | 'seal'>;
  readonly timers: Timers;
  readonly logger: Logger;
  /** The write survives a power cut. */
  onWritten(write: DurableWrite): void;
  /** The disk refused the entries from `index` on, and the core has forgotten them: nobody else has seen them. */
  onTakenBack(index: number): void;
  /** The role or the log of the core has changed without a message. */
  onProgress(): void;
  /** What is on the disk is not known any more. */
  onFailure(error: unknown): void;
}

/** Pause before a write is tried again that a full disk refused. */
const DISK_FULL_PAUSE_MS = 200;
/** A log that had nothing to write for so long is sealed: what was written last can then not be taken for a torn write. */
const SEAL_AFTER_MS = 250;

/** Brings to the disk what the Raft core wants to be safe, and lives with a disk that is full. The core gives out one write at a time. */
export class LogWriter {
  #sealTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #stopped = false;
  #diskIsFull = false;

  constructor(private readonly parts: LogWriterParts) {}

  get diskIsFull(): boolean {
    return this.#diskIsFull;
  }

  /** Something else than the log has found out whether there is space. */
  noteDisk(isFull: boolean): void {
    this.#diskIsFull = isFull;
  }

  stop(): void {
    this.#stopped = true;
    this.#sealTimer?.cancel();
    this.#retryTimer?.cancel();
  }

  async write(write: DurableWrite): Promise<void> {
    const { wal, timers, onWritten, onFailure } = this.parts;
    this.#sealTimer?.cancel();
    try {
      await wal.append(write);
      this.#diskIsFull = false;
    } catch (error) {
      if (this.#stopped) return;
      if (error instanceof DiskFullError) this.#refuse(write, error);
      else onFailure(error);
      return;
    }
    if (this.#stopped) return;
    // Before the next write can begin, which puts the seal off.
    this.#sealTimer = timers.after(SEAL_AFTER_MS, () => void this.#seal());
    onWritten(write);
  }

  async #seal(): Promise<void> {
    try {
      await this.parts.wal.seal();
    } catch (error) {
      if (!this.#stopped) this.parts.onFailure(error);
    }
  }

  /**
   * A member alone takes back what it has shown to nobody. One among others cannot: it leaves the lead to somebody with space and tries again until it
   * has some.
   */
  #refuse(write: DurableWrite, error: DiskFullError): void {
    const { raft, timers, logger, onTakenBack, onProgress } = this.parts;
    if (!this.#diskIsFull) logger.error('the disk is full, writes are refused', { error });
    this.#diskIsFull = true;
    if (raft.isAlone) {
      onTakenBack(raft.dropUnwritten());
      if (!raft.leadsWithCommit) this.#retryTimer = timers.after(DISK_FULL_PAUSE_MS, () => this.#beginTermAgain());
      return;
    }
    raft.stepDown();
    onProgress();
    this.#retryTimer = timers.after(DISK_FULL_PAUSE_MS, () => void this.write(write));
  }

  /** The entry that begins the term was refused by the disk, and without it nothing counts as committed. */
  #beginTermAgain(): void {
    const { raft, onProgress } = this.parts;
    if (this.#stopped || raft.leadsWithCommit) return;
    raft.propose([new Uint8Array(0)]);
    onProgress();
  }
}
