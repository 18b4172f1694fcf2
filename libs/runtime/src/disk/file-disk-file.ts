import { constants, write as writeAt, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { invariant } from '../invariant.ts';
import { type DiskFile, DiskFullError } from './disk.ts';
import { hasCode } from './system-error.ts';
import { WritePace } from './write-pace.ts';

/** Zeros are written in pieces of this size: the thread pool is free for others in between. */
const ZEROS = new Uint8Array(1024 * 1024);

/** One open file. Appends are not to overlap: the caller waits for one before it starts the next. */
export class FileDiskFile implements DiskFile {
  private closed = false;
  /** What the thread pool still does with the files' numbers, which must not be given to another file meanwhile. */
  private readonly writing = new Set<Promise<void>>();
  /** The same file, opened so that a write returns when its data is on the device: one call instead of write and fdatasync. */
  private durable: FileHandle | undefined;
  private readonly pace = new WritePace();

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private end: number,
  ) {}

  static async open(path: string): Promise<FileDiskFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const { size } = await handle.stat();
    return new FileDiskFile(path, handle, size);
  }

  get size(): number {
    return this.end;
  }

  async append(data: Uint8Array): Promise<void> {
    try {
      await this.write(this.handle, this.end, data);
    } catch (error) {
      if (!this.closed) await this.cutWhatWasHalfWritten();
      throw this.fullOr(error);
    }
    this.end += data.length;
  }

  async writeDurably(offset: number, data: Uint8Array): Promise<void> {
    const durable = this.durable ?? (await this.openDurably());
    try {
      await this.tracked(() => this.writeAtItsPace(durable, offset, data));
    } catch (error) {
      const reason = this.fullOr(error);
      if (reason instanceof DiskFullError) await this.cutDurably(offset);
      throw reason;
    }
    this.end = Math.max(this.end, offset + data.length);
  }

  async allocate(size: number): Promise<void> {
    const before = this.end;
    try {
      for (let at = before; at < size; at += ZEROS.length) {
        await this.write(this.handle, at, ZEROS.subarray(0, size - at));
      }
      await this.handle.datasync();
    } catch (error) {
      const reason = this.fullOr(error);
      if (reason instanceof DiskFullError) await this.cutDurably(before);
      throw reason;
    }
    this.end = Math.max(this.end, size);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.end - offset));
    const data = new Uint8Array(wanted);
    let done = 0;
    while (done < wanted) {
      const { bytesRead } = await this.handle.read(data, done, wanted - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return data.subarray(0, done);
  }

  async truncate(size: number): Promise<void> {
    if (size >= this.end) return;
    await this.handle.truncate(size);
    this.end = size;
  }

  sync(): Promise<void> {
    return this.handle.datasync();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.allSettled(this.writing);
    await this.durable?.close();
    await this.handle.close();
  }

  /** A short write is made in this thread: handing it to another one and back takes longer than the write. */
  private async writeAtItsPace({ fd }: FileHandle, offset: number, data: Uint8Array): Promise<void> {
    // What this turn has sent is to be on its way first: who gets it writes at the same time.
    await new Promise((resolve) => setImmediate(resolve));
    const startMs = performance.now();
    if (this.pace.isQuick(data.length)) writeAllHere(fd, offset, data);
    else await writeAll(fd, offset, data);
    this.pace.note(data.length, performance.now() - startMs);
  }

  private write({ fd }: FileHandle, offset: number, data: Uint8Array): Promise<void> {
    return this.tracked(() => writeAll(fd, offset, data));
  }

  private async tracked(write: () => Promise<void>): Promise<void> {
    invariant(!this.closed, `${this.path} is closed`);
    const writing = write();
    this.writing.add(writing);
    try {
      await writing;
    } finally {
      this.writing.delete(writing);
    }
  }

  private async openDurably(): Promise<FileHandle> {
    const durable = await open(this.path, constants.O_RDWR | constants.O_DSYNC);
    if (this.closed) await durable.close();
    this.durable = durable;
    return durable;
  }

  private async cutWhatWasHalfWritten(): Promise<void> {
    const { size } = await this.handle.stat();
    if (size > this.end) await this.handle.truncate(this.end);
  }

  private async cutDurably(size: number): Promise<void> {
    await this.handle.truncate(size);
    await this.handle.datasync();
    this.end = Math.min(this.end, size);
  }

  private fullOr(error: unknown): unknown {
    const full = hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT');
    return full ? new DiskFullError(this.path, { cause: error }) : error;
  }
}

function writeAllHere(fd: number, offset: number, data: Uint8Array): void {
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done, data.length - done, offset + done);
}

/** With callbacks: on the way of every acknowledged write, and a promise for each system call costs more than the call. */
function writeAll(fd: number, offset: number, data: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeFrom = (done: number): void => {
      writeAt(fd, data, done, data.length - done, offset + done, (error, written) => {
        if (error !== null) reject(error);
        else if (done + written < data.length) writeFrom(done + written);
        else resolve();
      });
    };
    writeFrom(0);
  });
}
