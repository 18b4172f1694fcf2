/** A frame: length (u32) of what follows, its kind (u8), its content. */
export interface Frame {
  readonly kind: number;
  readonly content: Uint8Array;
}

const HEAD_BYTES = 5;
/** More is no frame of ours: a key with a value is at most a few MiB. */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;

/** What was read is no snapshot, or not one that this release knows. */
export class SnapshotFormatError extends Error {
  override readonly name = 'SnapshotFormatError';
}

/** Gathers frames and gives them out as chunks of about one size. */
export class FrameWriter {
  #parts: Uint8Array[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(kind: number, ...contents: readonly Uint8Array[]): void {
    const head = Buffer.allocUnsafe(HEAD_BYTES);
    let length = 1;
    for (const content of contents) length += content.length;
    head.writeUInt32BE(length, 0);
    head[4] = kind;
    this.#parts.push(head, ...contents);
    this.#bytes += HEAD_BYTES - 1 + length;
  }

  take(): Uint8Array {
    const chunk = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    return chunk;
  }
}

/** Cuts chunks of any size back into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** Is there the beginning of a frame whose end has not come? */
  get isInside(): boolean {
    return this.#rest.length > 0;
  }

  /** The frames that the chunk completes. Throws `SnapshotFormatError`. */
  *read(chunk: Uint8Array): Generator<Frame> {
    const bytes = this.#rest.length === 0 ? asBuffer(chunk) : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32BE(at);
      if (length < 1 || length > FRAME_BYTES_MAX) throw new SnapshotFormatError(`a frame of ${length} bytes`);
      if (bytes.length - at < HEAD_BYTES - 1 + length) break;
      yield { kind: bytes[at + 4] as number, content: bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES - 1 + length) };
      at += HEAD_BYTES - 1 + length;
    }
    this.#rest = bytes.subarray(at);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
