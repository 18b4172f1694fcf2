import type { raftv1 } from '@orrery/proto';
import { type Disk, type DiskFile, invariant, type Logger } from '@orrery/runtime';
import { decodeRecords, encodeRecords, type WalRecord } from './wal-record.ts';

/** What the log on disk says after a restart. */
export interface Recovered {
  readonly hardState: raftv1.HardState | undefined;
  /** From index 1, without gaps. */
  readonly entries: readonly raftv1.Entry[];
}

/** A record that was safe on disk cannot be read any more. The member must be rebuilt from the others. */
export class WalCorruptedError extends Error {
  override readonly name = 'WalCorruptedError';
  constructor(
    readonly path: string,
    readonly offset: number,
  ) {
    super(`the write-ahead log is damaged: ${path} at byte ${offset}`);
  }
}

export interface WalOptions {
  /** A segment that has reached this size is followed by another. Default 64 MiB. */
  readonly segmentBytesMax?: number;
}

const FOLDER = 'wal';
const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;

/** The Raft log and the hard state of one member on disk, in segments that are only appended to. */
export class WriteAheadLog {
  /** Bytes of the open segment that are whole; what stands behind them is the rest of a failed write. */
  #goodSize: number;
  #damaged = false;
  #hardState: raftv1.HardState | undefined;
  #writing = false;

  private constructor(
    private readonly disk: Disk,
    private file: DiskFile,
    private sequence: number,
    private readonly segmentBytesMax: number,
    hardState: raftv1.HardState | undefined,
  ) {
    this.#goodSize = file.size;
    this.#hardState = hardState;
  }

  /** Reads what is there, cuts a torn tail and goes on behind it. Throws `WalCorruptedError`. */
  static async open(
    disk: Disk,
    logger: Logger,
    options: WalOptions = {},
  ): Promise<{ wal: WriteAheadLog; recovered: Recovered }> {
    const replay = new Replay();
    const names = await disk.list(FOLDER);
    for (const name of names) {
      const path = `${FOLDER}/${name}`;
      const bytes = (await disk.readFile(path)) ?? new Uint8Array(0);
      const { records, end } = decodeRecords(bytes);
      replay.add(records);
      if (end === bytes.length) continue;
      if (name !== names.at(-1)) throw new WalCorruptedError(path, end);
      logger.warn('cut a torn write off the write-ahead log', { path, bytes: bytes.length - end });
      await cut(disk, path, end);
    }
    const sequence = Number.parseInt(names.at(-1) ?? '1', 10);
    const file = await disk.open(segmentPath(sequence));
    const bytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    const wal = new WriteAheadLog(disk, file, sequence, bytesMax, replay.hardState);
    return { wal, recovered: replay };
  }

  /**
   * Returns when everything survives a power cut. Throws `DiskFullError`; then nothing was written and the log can be used further. Any
   * other error leaves open what is on disk: the log must not be used any more.
   */
  async append(hardState: raftv1.HardState | undefined, entries: readonly raftv1.Entry[]): Promise<void> {
    invariant(!this.#writing, 'two writes to the write-ahead log at once');
    this.#writing = true;
    try {
      await this.#repair();
      await this.#rotate();
      const records: WalRecord[] = entries.map((entry) => ({ kind: 'entry', entry }));
      if (hardState !== undefined) records.push({ kind: 'hard-state', hardState });
      await this.#write(encodeRecords(records));
      this.#hardState = hardState ?? this.#hardState;
    } finally {
      this.#writing = false;
    }
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#damaged = true;
    await this.file.append(bytes);
    await this.file.sync();
    this.#goodSize = this.file.size;
    this.#damaged = false;
  }

  async #repair(): Promise<void> {
    if (!this.#damaged) return;
    await this.file.truncate(this.#goodSize);
    this.#damaged = false;
  }

  async #rotate(): Promise<void> {
    if (this.#goodSize < this.segmentBytesMax) return;
    const next = await this.disk.open(segmentPath(this.sequence + 1));
    await this.file.close();
    this.file = next;
    this.sequence++;
    this.#goodSize = next.size;
    if (this.#hardState !== undefined) {
      await this.#write(encodeRecords([{ kind: 'hard-state', hardState: this.#hardState }]));
    }
  }
}

/** Collects records in the order in which they were written; an entry voids older ones from its index on. */
class Replay implements Recovered {
  hardState: raftv1.HardState | undefined;
  readonly entries: raftv1.Entry[] = [];

  add(records: readonly WalRecord[]): void {
    for (const record of records) {
      if (record.kind === 'hard-state') {
        this.hardState = record.hardState;
        continue;
      }
      const { index } = record.entry;
      invariant(index <= this.entries.length + 1, `raft entry ${index} follows ${this.entries.length} on disk`);
      this.entries.length = index - 1;
      this.entries.push(record.entry);
    }
  }
}

function segmentPath(sequence: number): string {
  return `${FOLDER}/${String(sequence).padStart(16, '0')}.wal`;
}

async function cut(disk: Disk, path: string, size: number): Promise<void> {
  const file = await disk.open(path);
  await file.truncate(size);
  await file.sync();
  await file.close();
}
