import { raftv1 } from '@orrery/proto';
import { type Disk, type DiskFile, DiskFullError, invariant, type Logger } from '@orrery/runtime';
import type { DataIdentity } from '../data-folder/data-identity.ts';
import { alignedUp, encodeBatch, SECTOR } from './wal-batch.ts';
import { WalCorruptedError, WalGapError } from './wal-errors.ts';
import { type LogEnd, readSegments, type SegmentStart } from './wal-reader.ts';
import { encodeBody, type WalBody, type WalRecord } from './wal-record.ts';
import { type WalPoint, WalReplay } from './wal-replay.ts';
import { createSegment, saltOf, segmentPath } from './wal-segment.ts';

/** What the log on disk says after a restart. */
export interface Recovered {
  readonly hardState: raftv1.HardState | undefined;
  /** With what the cluster began; `undefined` in the log of a member that joined or was restored. */
  readonly firstConfiguration: raftv1.Configuration | undefined;
  /** Those behind the snapshot, without gaps. */
  readonly entries: readonly raftv1.Entry[];
}

/** What must be safe on disk before anybody is told of it. */
export interface WalWrite {
  readonly hardState?: raftv1.HardState | undefined;
  /** The first may replace an older entry of the same index; all behind that one are then void. */
  readonly entries?: readonly raftv1.Entry[];
  /** The log begins anew behind a snapshot that is safe on disk. */
  readonly restartAfter?: WalPoint;
  readonly firstConfiguration?: raftv1.Configuration;
}

export interface WalOptions {
  readonly identity: DataIdentity;
  /** The snapshot that the state machine begins with. Default: none. */
  readonly snapshot?: WalPoint;
  /** A segment that would grow beyond it is followed by another. Default 64 MiB. */
  readonly segmentBytesMax?: number;
  /** Space is taken from the device in steps of at most this size, ahead of the writes. 0: with each write. Default 8 MiB. */
  readonly allocateBytes?: number;
  /** Encodes an entry, or returns what was encoded for somebody else. */
  readonly encodeEntry?: (entry: raftv1.Entry) => Uint8Array;
}

const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
const ALLOCATE_BYTES = 8 * 1024 * 1024;
const ALLOCATE_FIRST_BYTES = 1024 * 1024;
const NOTHING: WalPoint = { index: 0, term: 0 };

/**
 * The Raft log and the hard state of one member on disk: one durable write at a time, into segments whose space has been taken from the
 * device before. See `wal-batch.ts` for the format and for what damage can be told from what.
 */
export class WriteAheadLog {
  #writing = false;
  /** Settles with the write that is under way. */
  #written: Promise<void> = Promise.resolve();
  #sealing: Promise<void> | undefined;
  #allocating: Promise<void> | undefined;
  /** A write failed, and not because the device was full: nothing on the device can be relied on. */
  #failure: unknown;
  #sealed: boolean;
  #hardState: raftv1.HardState | undefined;
  #lastIndex: number;
  #bytesSinceStart = 0;

  private constructor(
    private readonly disk: Disk,
    private readonly options: WalOptions,
    private file: DiskFile,
    private end: LogEnd,
    private readonly segments: SegmentStart[],
    replay: WalReplay,
  ) {
    this.#hardState = replay.hardState;
    this.#lastIndex = replay.lastIndex;
    this.#sealed = end.batches === 0;
  }

  /**
   * Reads what is there, cuts a torn write off the end and goes on behind it. Throws `WalCorruptedError` and `WalGapError`, both before
   * anything is changed.
   */
  static async open(
    disk: Disk,
    logger: Logger,
    options: WalOptions,
  ): Promise<{ wal: WriteAheadLog; recovered: Recovered }> {
    const snapshot = options.snapshot ?? NOTHING;
    const replay = new WalReplay(snapshot);
    const { segments, end } = await readSegments(disk, options.identity, replay);
    if (snapshot.index > 0 && end.batches === 0) throw new WalCorruptedError(segmentPath(1), 0, 'the log is missing');
    if ((replay.logStartsAfter ?? 0) > snapshot.index) {
      throw new WalGapError(snapshot.index, replay.logStartsAfter ?? 0);
    }
    const file = await openEnd(disk, options.identity, segments, end, logger);
    const wal = new WriteAheadLog(disk, options, file, end, segments, replay);
    const fits = replay.logStartsAfter === snapshot.index || replay.termAtSnapshot === snapshot.term;
    if (snapshot.index > 0 && !(fits && replay.lastIndex >= snapshot.index)) {
      logger.info('the log on disk begins anew behind the snapshot', { ...snapshot, lastIndex: replay.lastIndex });
      replay.add({ kind: 'restart', ...snapshot });
      await wal.append({ restartAfter: snapshot, hardState: replay.hardState });
    }
    return { wal, recovered: replay };
  }

  /** Bytes written since the log was opened. */
  get bytesWritten(): number {
    return this.#bytesSinceStart;
  }
  /** Bytes of all segments, with what is only allocated. */
  get bytesOnDisk(): number {
    return this.segments.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0) + this.file.size;
  }
  get isEmpty(): boolean {
    return this.end.batches === 0;
  }

  /**
   * Returns when everything survives a power cut. Throws `DiskFullError`; then nothing was written and the log can be used further. Any
   * other error leaves open what is on disk: the log takes no more writes, and the member must stop.
   */
  append(write: WalWrite): Promise<void> {
    invariant(!this.#writing, 'two writes to the write-ahead log at once');
    this.#writing = true;
    const written = this.#append(write).finally(() => {
      this.#writing = false;
    });
    this.#written = written;
    return written;
  }

  async #append(write: WalWrite): Promise<void> {
    try {
      await this.#sealing;
      await this.#write(recordsOf(write));
    } catch (error) {
      if (!(error instanceof DiskFullError)) this.#failure ??= error;
      throw error;
    }
    this.#hardState = write.hardState ?? this.#hardState;
    this.#lastIndex = write.entries?.at(-1)?.index ?? write.restartAfter?.index ?? this.#lastIndex;
    this.#sealed = false;
    this.#allocateAhead();
  }

  /** Proves on disk that the last write had been safe, should it rot later. For an idle log; does nothing while a write is under way. */
  seal(): Promise<void> {
    if (this.#sealed || this.#writing || this.#sealing !== undefined || this.#failure !== undefined)
      return Promise.resolve();
    this.#sealing = this.#seal().finally(() => {
      this.#sealing = undefined;
    });
    return this.#sealing;
  }

  async #seal(): Promise<void> {
    this.#sealed = true;
    try {
      await this.#write([]);
    } catch (error) {
      if (error instanceof DiskFullError) return;
      this.#failure ??= error;
      throw error;
    }
  }

  /** Removes the segments that hold nothing behind `index`, which a safe snapshot must hold. */
  async discardTo(index: number): Promise<void> {
    const isRemovable = (): boolean => {
      const [, next] = this.segments;
      // What the next segment does not say yet must stay in this one.
      if (next === undefined || (this.segments.length === 2 && this.#isFresh)) return false;
      return (next.continuesAt ?? Number.POSITIVE_INFINITY) <= index;
    };
    while (isRemovable()) {
      const { sequence } = this.segments[0] as SegmentStart;
      this.segments.shift();
      await this.disk.remove(segmentPath(sequence));
    }
  }

  /** Does not throw where the device fails: what was acknowledged is safe, and nothing more is promised. */
  async close(): Promise<void> {
    try {
      await this.#written;
      await (this.#sealing ?? this.seal());
      await this.#allocating;
    } catch (error) {
      this.#failure ??= error;
    }
    await this.file.close();
  }

  async #write(records: readonly WalRecord[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const bodies = this.#bodiesOf(records);
    const bytesMax = this.options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    let batch = this.#encode(bodies);
    if (this.end.offset + batch.bytes.length > bytesMax && this.end.offset > SECTOR) {
      await this.#beginSegment();
      batch = this.#encode(bodies);
    }
    const { bytes, chain } = batch;
    if (this.end.offset + bytes.length > this.file.size) await this.#allocating;
    await this.file.writeDurably(this.end.offset, bytes);
    this.#bytesSinceStart += bytes.length;
    this.end = { offset: this.end.offset + bytes.length, batches: this.end.batches + 1, chain };
  }

  #bodiesOf(records: readonly WalRecord[]) {
    const encodeEntry = this.options.encodeEntry ?? ((entry) => raftv1.Entry.encode(entry).finish());
    return records.map((record) => encodeBody(record, encodeEntry));
  }

  #encode(bodies: readonly WalBody[]) {
    const { sequence } = this.segments.at(-1) as SegmentStart;
    const all = this.#isFresh ? [...this.#bodiesOf(this.#continuation()), ...bodies] : bodies;
    return encodeBatch(this.end.batches + 1, this.end.chain, saltOf(this.options.identity, sequence), all);
  }

  /** Is there nothing yet in the last segment, and something before it? */
  get #isFresh(): boolean {
    return this.end.offset === SECTOR && this.end.batches > 0;
  }

  async #beginSegment(): Promise<void> {
    await this.#allocating;
    const last = this.segments.at(-1) as SegmentStart;
    const sequence = last.sequence + 1;
    const file = await createSegment(this.disk, this.options.identity, sequence);
    this.segments[this.segments.length - 1] = { ...last, bytes: this.file.size };
    this.segments.push({ sequence, continuesAt: this.#lastIndex, bytes: 0 });
    await this.file.close();
    this.file = file;
    this.end = { ...this.end, offset: SECTOR };
  }

  /** What a segment must know of those before it, which will be removed one day. */
  #continuation(): WalRecord[] {
    const where: WalRecord = { kind: 'continuation', index: this.#lastIndex };
    return this.#hardState === undefined ? [where] : [where, { kind: 'hard-state', hardState: this.#hardState }];
  }

  /** Takes space from the device beside the writes: half a step ahead of them at least. A small log takes smaller steps. */
  #allocateAhead(): void {
    const stepMax = this.options.allocateBytes ?? ALLOCATE_BYTES;
    const step = Math.min(stepMax, Math.max(this.end.offset, ALLOCATE_FIRST_BYTES));
    const sizeMax = this.options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    const size = Math.min(alignedUp(this.end.offset + step), sizeMax);
    const isEnough = size <= this.file.size || this.file.size - this.end.offset > step / 2;
    if (step === 0 || this.#allocating !== undefined || isEnough) return;
    this.#allocating = this.file.allocate(size).then(
      () => {
        this.#allocating = undefined;
      },
      (error: unknown) => {
        this.#allocating = undefined;
        // A full device shows when something is written.
        if (!(error instanceof DiskFullError)) this.#failure ??= error;
      },
    );
  }
}

function recordsOf({ hardState, entries = [], restartAfter, firstConfiguration }: WalWrite): WalRecord[] {
  const records: WalRecord[] = [];
  if (firstConfiguration !== undefined)
    records.push({ kind: 'first-configuration', configuration: firstConfiguration });
  if (restartAfter !== undefined) records.push({ kind: 'restart', ...restartAfter });
  for (const entry of entries) records.push({ kind: 'entry', entry });
  if (hardState !== undefined) records.push({ kind: 'hard-state', hardState });
  return records;
}

/** The file to write on; made where there is none. What a crashed process had written is safe when this returns. */
async function openEnd(
  disk: Disk,
  identity: DataIdentity,
  segments: SegmentStart[],
  end: LogEnd,
  logger: Logger,
): Promise<DiskFile> {
  const last = segments.at(-1);
  if (last === undefined) {
    segments.push({ sequence: 1, continuesAt: undefined, bytes: 0 });
    return createSegment(disk, identity, 1);
  }
  const path = segmentPath(last.sequence);
  const file = await disk.open(path);
  const tail = Buffer.from(await file.read(end.offset, file.size));
  if (!tail.equals(Buffer.alloc(tail.length))) {
    logger.warn('cut a torn write off the write-ahead log', { path, offset: end.offset });
    await file.truncate(end.offset);
  }
  await file.sync();
  return file;
}
