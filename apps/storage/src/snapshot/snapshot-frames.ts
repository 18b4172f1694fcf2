import type { DiskFile } from '@orrery/runtime';
import { checksum } from '../wal/checksum.ts';
import { SnapshotDamagedError } from './snapshot-errors.ts';

/**
 * The body of a snapshot: frames of length (u32), checksum of the data going on from the frame before (u32), data; little-endian. A frame
 * without data is the last, so that a body cut between two frames is found out. The body is the same at all members that
 * it travels to.
 */
const HEAD_BYTES = 8;
/** No frame is larger, since no chunk of the state machine is; a damaged length is not believed. */
const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Read from the disk at once. */
const READ_BYTES = 1024 * 1024;

export function encodeFrame(data: Uint8Array, before: number): { bytes: Uint8Array; sum: number } {
  const sum = checksum(data, before);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + data.length);
  bytes.writeUInt32LE(data.length, 0);
  bytes.writeUInt32LE(sum, 4);
  bytes.set(data, HEAD_BYTES);
  return { bytes, sum };
}

/** The data of all frames from `start` to the end of the file. Throws `SnapshotDamagedError`. */
export async function* readFrames(file: DiskFile, path: string, start: number): AsyncGenerator<Uint8Array> {
  const reader = new AheadReader(file);
  let [at, sum] = [start, 0];
  for (;;) {
    const head = await reader.read(at, HEAD_BYTES);
    const length = head.length < HEAD_BYTES ? FRAME_BYTES_MAX + 1 : head.readUInt32LE(0);
    if (length > FRAME_BYTES_MAX) throw new SnapshotDamagedError(path, at);
    const data = await reader.read(at + HEAD_BYTES, length);
    sum = checksum(data, sum);
    if (data.length < length || sum !== head.readUInt32LE(4)) throw new SnapshotDamagedError(path, at);
    at += HEAD_BYTES + length;
    if (length === 0) break;
    yield data;
  }
  if (at !== file.size) throw new SnapshotDamagedError(path, at);
}

/** Reads a file from front to back in large pieces. */
class AheadReader {
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(private readonly file: DiskFile) {}

  async read(offset: number, length: number): Promise<Buffer> {
    if (offset + length > this.#start + this.#bytes.length) {
      const bytes = await this.file.read(offset, Math.max(length, READ_BYTES));
      this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}
