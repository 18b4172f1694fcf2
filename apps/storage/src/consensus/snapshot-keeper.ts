import type { raftv1 } from '@orrery/proto';
import type { Raft, SnapshotChunk, SnapshotRead } from '@orrery/raft';
import { AbortedError, DiskFullError, type Logger } from '@orrery/runtime';
import { SnapshotDamagedError } from '../snapshot/snapshot-errors.ts';
import type { SnapshotFiles } from '../snapshot/snapshot-files.ts';
import type { WriteAheadLog } from '../wal/write-ahead-log.ts';
import { NoSnapshotError } from './raft-node-errors.ts';

/** What snapshots are made of. */
export interface SnapshotState {
  /** The state at the moment of the call, in chunks that may be taken while it changes. It is held until all are taken, or `return`. */
  snapshot(): IterableIterator<Uint8Array>;
  /** Makes the state what the chunks say, and nothing else. */
  restore(chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface SnapshotKeeperParts {
  readonly raft: Raft;
  readonly files: SnapshotFiles;
  readonly wal: Pick<WriteAheadLog, 'append' | 'discardTo' | 'bytesWritten'>;
  readonly state: SnapshotState;
  readonly logger: Logger;
  /** Bytes of log after which a snapshot is due, unless the state is larger than that. */
  readonly afterBytes: number;
  /** Entries that stay in memory, although they have been applied, for members that are a little behind. */
  readonly keptEntriesMax: number;
  /** The one that the member started with. */
  readonly newest: raftv1.SnapshotMeta | undefined;
  /** Bytes of log that were there already when the member started. */
  readonly bytesBefore: number;
}

/** What became of a part that was received. */
export type Received = 'written' | 'installed' | 'refused' | 'disk-full';

/** Larger than this the entries that are kept for members that are a little behind do not get. */
const KEPT_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of log after which the memory is looked through again. */
const TRIM_BYTES = 4 * 1024 * 1024;

/**
 * Decides when a snapshot is taken, and takes, sends and installs them. A snapshot costs as much writing as the state is large, so one is due when the
 * log has grown by as much: the disk holds at most two states and the log since the older one. The memory holds less of the log, `trim` says how much; for
 * a member that needs what is only on disk, a snapshot is taken before it is due.
 */
export class SnapshotKeeper {
  #taking: Promise<void> | undefined;
  #stopped = false;
  #bytesAtLast: number;
  #last: Pick<raftv1.SnapshotMeta, 'index' | 'bytes'>;
  /** Index of the snapshot that is being taken. */
  #takingAt = Number.POSITIVE_INFINITY;
  #foundNoSpace = false;
  #trimmedAt = { applied: 0, bytes: 0 };

  constructor(private readonly parts: SnapshotKeeperParts) {
    this.#bytesAtLast = -parts.bytesBefore;
    this.#last = parts.newest ?? { index: 0, bytes: 0 };
  }

  /** Gives up a snapshot that is being taken. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled([this.#taking]);
  }

  /** Begins a snapshot where one is due. What fails other than for want of space is thrown by the promise. */
  takeIfDue(): Promise<void> | undefined {
    const { raft, wal, afterBytes } = this.parts;
    const due = wal.bytesWritten - this.#bytesAtLast >= Math.max(afterBytes, this.#last.bytes);
    return due && this.#taking === undefined && raft.maySnapshot ? this.take() : undefined;
  }

  /** Begins a snapshot where a member that is there needs one: neither the log in memory nor the newest snapshot tells it how to go on. */
  takeIfNeeded(): Promise<void> | undefined {
    const { raft, wal } = this.parts;
    const { log } = raft;
    if (raft.role !== 'leader' || this.#taking !== undefined || this.#last.index >= log.offset) return undefined;
    // It may be different once something has been written.
    if (this.#foundNoSpace && wal.bytesWritten === this.#bytesAtLast) return undefined;
    const isNeeded = raft.status().followers.some(({ next, recentActive }) => recentActive && next <= log.offset);
    return isNeeded ? this.take() : undefined;
  }

  /** Forgets applied entries of the log that nobody who is there needs, but for the newest. They are on disk. */
  trim(): void {
    const { raft, wal, keptEntriesMax } = this.parts;
    const { log } = raft;
    const entries = log.applied - this.#trimmedAt.applied;
    const bytes = wal.bytesWritten - this.#trimmedAt.bytes;
    if (entries <= keptEntriesMax / 4 && bytes < TRIM_BYTES) return;
    this.#trimmedAt = { applied: log.applied, bytes: wal.bytesWritten };
    log.discardTo(Math.min(this.#keptAfter(log.applied), this.#neededAfter()));
  }

  /** Resolves when a snapshot of now, or one that was being taken, is safe on disk, or the disk was too full for it. */
  take(): Promise<void> {
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
      this.#takingAt = Number.POSITIVE_INFINITY;
    });
    return this.#taking;
  }

  /**
   * Sees to it that the newest snapshot and the log in memory together hold everything, so that somebody can join; the log must not be cut meanwhile.
   * Throws `NoSnapshotError`.
   */
  async coverAll(): Promise<void> {
    const { raft } = this.parts;
    // One that is being taken may be older than what the log still has.
    for (let tries = 0; tries < 2 && this.#last.index < raft.log.offset; tries++) await this.take();
    if (this.#last.index < raft.log.offset) throw new NoSnapshotError();
  }

  /** Reads a part of a snapshot for another member. */
  async send(read: SnapshotRead): Promise<void> {
    const { raft, files } = this.parts;
    const { snapshot, offset } = read;
    const data = await files.readPart(snapshot, offset, read.bytesMax);
    if (data === undefined) raft.snapshotReadFailed(read);
    else raft.sendSnapshotChunk(read, data, offset + data.length >= snapshot.bytes);
  }

  /** Takes a part that the leader has sent; after the last one state, snapshots and log are what it says. */
  async receive(chunk: SnapshotChunk): Promise<Received> {
    const { raft, files, wal, logger } = this.parts;
    const { snapshot } = chunk;
    try {
      await files.receivePart(chunk.offset, chunk.data);
      if (!chunk.done) {
        raft.snapshotChunkWritten(chunk);
        return 'written';
      }
      await files.finishReceiving(snapshot);
      // A crash from here on finds the file, and begins the log anew behind it.
      await wal.append({ restartAfter: { index: snapshot.index, term: snapshot.term } });
    } catch (error) {
      const passing = error instanceof SnapshotDamagedError || error instanceof DiskFullError;
      if (!passing) throw error;
      logger.warn('a snapshot from the leader was refused', { error, index: snapshot.index });
      await files.dropReceived();
      raft.snapshotRefused();
      return error instanceof DiskFullError ? 'disk-full' : 'refused';
    }
    await this.#install(snapshot);
    logger.info('installed a snapshot from the leader', { index: snapshot.index, bytes: snapshot.bytes });
    return 'installed';
  }

  /** File and log are safe: now the state. */
  async #install(snapshot: raftv1.SnapshotMeta): Promise<void> {
    const { raft, files, wal, state } = this.parts;
    await state.restore(files.read(snapshot));
    raft.snapshotInstalled(snapshot);
    this.#noteTaken(snapshot);
    await files.prune();
    await wal.discardTo(snapshot.index);
  }

  async #take(): Promise<void> {
    const { raft, files, wal, state, logger } = this.parts;
    const point = raft.snapshotPoint();
    this.#takingAt = point.index;
    const bytesBefore = wal.bytesWritten;
    const chunks = state.snapshot();
    try {
      const snapshot = await files.write(point, this.#untilStopped(chunks));
      // Another one may have come from the leader meanwhile.
      if (snapshot.index < this.#last.index) return;
      this.#noteTaken(snapshot, bytesBefore);
      raft.snapshotTaken(snapshot, this.#keptAfter(snapshot.index));
      const kept = await files.prune();
      await wal.discardTo(kept.at(-1)?.index ?? 0);
      logger.info('took a snapshot', { index: snapshot.index, bytes: snapshot.bytes });
    } catch (error) {
      if (this.#stopped) return;
      if (!(error instanceof DiskFullError)) throw error;
      this.#bytesAtLast = wal.bytesWritten;
      this.#foundNoSpace = true;
      logger.warn('no space left for a snapshot', { error });
    } finally {
      // A file that could not be begun has taken none.
      chunks.return?.();
    }
  }

  *#untilStopped(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const chunk of chunks) {
      if (this.#stopped) throw new AbortedError('the snapshot');
      yield chunk;
    }
  }

  #noteTaken(snapshot: raftv1.SnapshotMeta, at = this.parts.wal.bytesWritten): void {
    this.#bytesAtLast = at;
    this.#foundNoSpace = false;
    this.#last = snapshot;
  }

  #keptAfter(index: number): number {
    const { raft, keptEntriesMax } = this.parts;
    const { log } = raft;
    let from = Math.max(log.offset, index - keptEntriesMax);
    let bytes = log.bytesBetween(from, index);
    for (; bytes > KEPT_BYTES_MAX; from++) bytes -= log.bytesBetween(from, from + 1);
    return from;
  }

  /** Entries behind it are needed by a follower that is there, or follow on a snapshot that somebody is waiting for. */
  #neededAfter(): number {
    const { raft } = this.parts;
    const { offset } = raft.log;
    const needs = raft.status().followers.map(({ recentActive, pendingSnapshot, next, match }) => {
      if (!recentActive) return Number.POSITIVE_INFINITY;
      if (pendingSnapshot !== undefined) return pendingSnapshot.index;
      return next <= offset ? this.#last.index : match;
    });
    return Math.min(this.#takingAt, ...needs);
  }
}
