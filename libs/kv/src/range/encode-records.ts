/** The bytes of an answer that repeats `KeyValue`: what stands before, each record as a field with this number (at most 15), what stands behind. */
export function encodeRecords(
  before: Uint8Array,
  field: number,
  records: readonly Uint8Array[],
  behind: Uint8Array,
): Uint8Array {
  const bytes = Buffer.allocUnsafe(before.length + recordFieldsBytes(records) + behind.length);
  bytes.set(before);
  let at = before.length;
  for (const record of records) {
    bytes[at++] = (field << 3) | LENGTH_DELIMITED;
    at = writeLength(bytes, at, record.length);
    bytes.set(record, at);
    at += record.length;
  }
  bytes.set(behind, at);
  return bytes;
}

/** Bytes of the records as fields. */
export function recordFieldsBytes(records: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const { length } of records) bytes += 1 + lengthBytes(length) + length;
  return bytes;
}

/** The head of a field that holds `length` bytes. */
export function fieldHead(field: number, length: number): Uint8Array {
  const head = Buffer.allocUnsafe(1 + lengthBytes(length));
  head[0] = (field << 3) | LENGTH_DELIMITED;
  writeLength(head, 1, length);
  return head;
}

const LENGTH_DELIMITED = 2;

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest >= 0x80; rest >>>= 7) bytes++;
  return bytes;
}

function writeLength(target: Uint8Array, start: number, length: number): number {
  let at = start;
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}
