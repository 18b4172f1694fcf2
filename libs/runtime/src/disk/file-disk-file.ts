import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type DiskFile, DiskFullError } from './disk.ts';
import { hasCode } from './system-error.ts';

/** One open file. Appends are not to overlap: the caller waits for one before it starts the next. */
export class FileDiskFile implements DiskFile {
  private closed = false;

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
    let written = 0;
    try {
      while (written < data.length) {
        const { bytesWritten } = await this.handle.write(data, written, data.length - written, this.end + written);
        written += bytesWritten;
      }
    } catch (error) {
      if (written > 0) await this.handle.truncate(this.end);
      const full = hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT');
      throw full ? new DiskFullError(this.path, { cause: error }) : error;
    }
    this.end += written;
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
    await this.handle.close();
  }
}
