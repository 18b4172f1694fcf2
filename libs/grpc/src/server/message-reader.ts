import { GrpcCode, GrpcError } from './grpc-error.ts';

/** Flag (u8, 1: compressed) and length (u32) before each message. */
const MESSAGE_HEAD_BYTES = 5;

/** Puts the data of one stream together to messages. */
export class MessageReader {
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly messageBytesMax: number) {}

  /** Bytes of a message that is not complete. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** The messages that `data` completes. Throws `GrpcError`. */
  read(data: Buffer): Uint8Array[] {
    this.#parts.push(data);
    this.#bytes += data.length;
    if (this.#parts.length > 1 && this.#bytes < this.#wanted()) return [];
    let rest = this.#parts.length === 1 ? data : Buffer.concat(this.#parts);
    const messages: Uint8Array[] = [];
    while (rest.length >= MESSAGE_HEAD_BYTES) {
      const end = MESSAGE_HEAD_BYTES + this.#lengthOf(rest);
      if (rest.length < end) break;
      messages.push(rest.subarray(MESSAGE_HEAD_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return messages;
  }

  #wanted(): number {
    const first = this.#parts[0] as Buffer;
    return first.length < MESSAGE_HEAD_BYTES ? MESSAGE_HEAD_BYTES : MESSAGE_HEAD_BYTES + this.#lengthOf(first);
  }

  #lengthOf(head: Buffer): number {
    if (head[0] !== 0) throw new GrpcError(GrpcCode.unimplemented, 'grpc: compressed messages are not supported');
    const length = head.readUInt32BE(1);
    if (length > this.messageBytesMax) {
      const message = `grpc: received message larger than max (${length} vs. ${this.messageBytesMax})`;
      throw new GrpcError(GrpcCode.resourceExhausted, message);
    }
    return length;
  }
}

/** A message as it goes over the wire; a large one is not copied. */
export function frameMessage(message: Uint8Array): Uint8Array[] {
  const inOne = message.length <= COPIED_BYTES_MAX;
  const head = Buffer.allocUnsafe(MESSAGE_HEAD_BYTES + (inOne ? message.length : 0));
  head[0] = 0;
  head.writeUInt32BE(message.length, 1);
  if (!inOne) return [head, message];
  head.set(message, MESSAGE_HEAD_BYTES);
  return [head];
}

const COPIED_BYTES_MAX = 16 * 1024;
