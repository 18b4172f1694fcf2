import { raftv1 } from '@orrery/proto';

/** Format of the messages that this code sends. */
export const WIRE_VERSION = 1;

/** Tags of the wire format: (field << 3) | type, where type 0 is a varint and 2 has a length. */
const TAG = { messageEntries: 0x3a, entryIndex: 0x08, entryTerm: 0x10, entryType: 0x18, entryData: 0x22 } as const;
const ENCODED = Symbol('encoded');

interface KnownEntry extends raftv1.Entry {
  [ENCODED]?: Uint8Array;
}

/**
 * The entry as protobuf. It is encoded once, for the log on disk and for all followers; from then on `data` is a part of these bytes, so that they
 * are not kept twice. Entries are not changed after they were made.
 */
export function encodedEntry(entry: raftv1.Entry): Uint8Array {
  const known = entry as KnownEntry;
  const bytes = known[ENCODED];
  if (bytes !== undefined) return bytes;
  const encoded = encodeEntry(entry);
  known[ENCODED] = encoded;
  // `data` is the last field of an entry.
  if (entry.data.length > 0) entry.data = encoded.subarray(encoded.length - entry.data.length);
  return encoded;
}

/** As the generated code does it, in a fifth of its time: this is done for each entry on each member. */
function encodeEntry({ index, term, type, data }: raftv1.Entry): Uint8Array {
  const size = fieldSize(index) + fieldSize(term) + fieldSize(type) + (data.length === 0 ? 0 : fieldSize(data.length));
  const bytes = Buffer.allocUnsafe(size + data.length);
  let at = writeField(bytes, 0, TAG.entryIndex, index);
  at = writeField(bytes, at, TAG.entryTerm, term);
  at = writeField(bytes, at, TAG.entryType, type);
  at = writeField(bytes, at, TAG.entryData, data.length);
  bytes.set(data, at);
  return bytes;
}

/** The message as protobuf: its fields, then its entries as they were encoded before. */
export function encodeMessage(message: raftv1.Message): Uint8Array {
  if (message.entries.length === 0) return raftv1.Message.encode(message).finish();
  const head = raftv1.Message.encode({ ...message, entries: [] }).finish();
  let size = head.length;
  for (const entry of message.entries) {
    const { length } = encodedEntry(entry);
    size += fieldSize(length) + length;
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes.set(head);
  let at = head.length;
  for (const entry of message.entries) {
    const encoded = encodedEntry(entry);
    at = writeField(bytes, at, TAG.messageEntries, encoded.length);
    bytes.set(encoded, at);
    at += encoded.length;
  }
  return bytes;
}

/**
 * Throws where `bytes` are no message. Types that this code does not know are let through, `step` ignores them. Entries are parts of `bytes`, and as
 * they came they go to the log on disk.
 */
export function decodeMessage(bytes: Uint8Array): raftv1.Message {
  const headBytes = beginOfEntries(bytes);
  const entries = headBytes === undefined ? undefined : decodeEntries(bytes, headBytes);
  // Whatever was not written as `encodeMessage` does it is left to the generated code.
  if (entries === undefined) return raftv1.Message.decode(bytes);
  const message = raftv1.Message.decode(bytes.subarray(0, headBytes));
  message.entries = entries;
  return message;
}

/** Where the first entry begins, if there is one and it is found without knowing more than numbers and bytes. */
function beginOfEntries(bytes: Uint8Array): number | undefined {
  const cursor = new Cursor(bytes, 0, bytes.length);
  while (!cursor.isAtEnd) {
    const start = cursor.at;
    const tag = cursor.number();
    if (tag === TAG.messageEntries) return start;
    const type = tag % 8;
    if (type !== 0 && type !== 2) return undefined;
    const value = cursor.number();
    if (type === 2) cursor.at += value;
  }
  return undefined;
}

/** The entries from `start` to the end; `undefined` where something else stands between or behind them. */
function decodeEntries(bytes: Uint8Array, start: number): raftv1.Entry[] | undefined {
  const entries: raftv1.Entry[] = [];
  const cursor = new Cursor(bytes, start, bytes.length);
  while (!cursor.isAtEnd) {
    if (cursor.number() !== TAG.messageEntries) return undefined;
    const end = cursor.number() + cursor.at;
    const entry = end <= bytes.length ? decodeEntry(bytes, cursor.at, end) : undefined;
    if (entry === undefined) return undefined;
    entries.push(entry);
    cursor.at = end;
  }
  return entries;
}

/** The entry between `start` and `end`, written as `encodeEntry` does it. */
function decodeEntry(bytes: Uint8Array, start: number, end: number): KnownEntry | undefined {
  const cursor = new Cursor(bytes, start, end);
  const index = cursor.field(TAG.entryIndex);
  const term = cursor.field(TAG.entryTerm);
  const type = cursor.field(TAG.entryType);
  const length = cursor.field(TAG.entryData);
  if (cursor.at + length !== end || index + term > Number.MAX_SAFE_INTEGER) return undefined;
  const data = length === 0 ? NO_DATA : bytes.subarray(end - length, end);
  return { index, term, type, data, [ENCODED]: bytes.subarray(start, end) };
}

/** Reads numbers, one after the other. What is cut off or too large reads as if it went on beyond the end. */
class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    public at: number,
    private readonly end: number,
  ) {}

  get isAtEnd(): boolean {
    return this.at >= this.end;
  }

  number(): number {
    let value = 0;
    for (let factor = 1; this.at < this.end; factor *= 0x80) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The number behind `tag`; 0 where another tag, or nothing, follows. */
  field(tag: number): number {
    if (this.isAtEnd || this.bytes[this.at] !== tag) return 0;
    this.at++;
    return this.number();
  }
}

const NO_DATA = new Uint8Array(0);

/** Size of a tag and a number; a field that is 0 is left out. */
function fieldSize(value: number): number {
  let size = value === 0 ? 0 : 2;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function writeField(bytes: Uint8Array, start: number, tag: number, value: number): number {
  if (value === 0) return start;
  let at = start;
  bytes[at++] = tag;
  let rest = value;
  // Bit operations would cut indexes off at 32 bits.
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}
