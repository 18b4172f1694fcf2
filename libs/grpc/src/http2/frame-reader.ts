import { ConnectionError, ErrorCode, FRAME_HEAD_BYTES, type Frame, PREFACE, WINDOW_MAX } from './frame.ts';

/** Cuts the bytes of a client into frames, however they arrive. */
export class FrameReader {
  /** Begin of a frame that is not complete; its parts in order. */
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Bytes that must be there before anything can be read. */
  #wanted = PREFACE.length;
  #prefaceSeen = false;

  /** `frameBytesMax`: the largest payload that the peer was allowed. */
  constructor(private readonly frameBytesMax: number) {}

  /** Calls `take` for each whole frame; its payload is valid until `take` returns and may be kept. Throws `ConnectionError`. */
  read(chunk: Buffer, take: (frame: Frame) => void): void {
    this.#parts.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted) return;
    let rest = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    if (!this.#prefaceSeen) rest = this.#takePreface(rest);
    let at = 0;
    while (rest.length - at >= FRAME_HEAD_BYTES) {
      const length = rest.readUIntBE(at, 3);
      if (length > this.frameBytesMax) {
        throw new ConnectionError(
          ErrorCode.frameSizeError,
          `a frame of ${length} bytes, ${this.frameBytesMax} are allowed`,
        );
      }
      const end = at + FRAME_HEAD_BYTES + length;
      if (end > rest.length) break;
      const payload = rest.subarray(at + FRAME_HEAD_BYTES, end);
      const [type, flags, stream] = [rest[at + 3] ?? 0, rest[at + 4] ?? 0, rest.readUInt32BE(at + 5) & WINDOW_MAX];
      at = end;
      take({ type, flags, stream, payload });
    }
    this.#keep(rest.subarray(at));
  }

  #takePreface(bytes: Buffer): Buffer {
    if (!bytes.subarray(0, PREFACE.length).equals(PREFACE)) {
      throw new ConnectionError(ErrorCode.protocolError, 'the client does not speak HTTP/2');
    }
    this.#prefaceSeen = true;
    return bytes.subarray(PREFACE.length);
  }

  #keep(rest: Buffer): void {
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    this.#wanted = FRAME_HEAD_BYTES + (rest.length >= 3 ? rest.readUIntBE(0, 3) : 0);
  }
}
