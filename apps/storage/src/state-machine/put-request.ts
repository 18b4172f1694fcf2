import { storagev1 } from '@orrery/proto';

/**
 * The request that storage gets most often, a transaction that is one put and nothing else, read and written by hand: on every member, for each change,
 * the generated code would take several times as long. What looks different in any way is left to it.
 */

/** (number << 3) | type, where type 2 is bytes with their length. */
const TAG = { requestId: 0x0a, txn: 0x1a, success: 0x12, put: 0x12, key: 0x0a, value: 0x12 } as const;

/** Like the generated code. */
export function encodeStorageRequest(request: storagev1.Request): Uint8Array {
  const put = onlyPut(request);
  return put === undefined ? storagev1.Request.encode(request).finish() : encodePutRequest(put);
}

/** Like the generated code, whose errors it throws; keys and values are parts of `bytes`. */
export function decodeStorageRequest(bytes: Uint8Array): storagev1.Request {
  const cursor = new Cursor(bytes, 0);
  const requestId = cursor.next(TAG.requestId) ? cursor.take() : NO_BYTES;
  const inside = cursor.enter(TAG.txn) && cursor.enter(TAG.success) && cursor.enter(TAG.put);
  const put = inside ? readPut(cursor) : undefined;
  if (put === undefined) return storagev1.Request.decode(bytes);
  const success = [{ operation: { $case: 'put' as const, value: put } }];
  const operation = { $case: 'txn' as const, value: { compare: [], success, failure: [] } };
  return { requestId: requestId.length === 0 ? '' : textOf(requestId), operation };
}

/** Like the generated code, for storage's `Put` and etcd's `PutRequest`, which are the same on the wire. */
export function decodePut(bytes: Uint8Array): storagev1.Put {
  return readPut(new Cursor(bytes, 0)) ?? storagev1.Put.decode(bytes);
}

/** `undefined` where the request is more than a put of a key and a value. */
function onlyPut({ requestId, operation }: storagev1.Request): storagev1.Put | undefined {
  if (requestId !== '' || operation?.$case !== 'txn') return undefined;
  const { compare, success, failure } = operation.value;
  const [first] = success;
  if (compare.length > 0 || failure.length > 0 || success.length !== 1) return undefined;
  if (first?.operation?.$case !== 'put') return undefined;
  const put = first.operation.value;
  return put.lease === '0' && !put.prevKv && !put.ignoreValue && !put.ignoreLease ? put : undefined;
}

function encodePutRequest({ key, value }: storagev1.Put): Uint8Array {
  const putBytes = fieldBytes(key) + fieldBytes(value);
  const operationBytes = 1 + lengthBytes(putBytes) + putBytes;
  const txnBytes = 1 + lengthBytes(operationBytes) + operationBytes;
  const bytes = Buffer.allocUnsafe(1 + lengthBytes(txnBytes) + txnBytes);
  let at = writeHead(bytes, 0, TAG.txn, txnBytes);
  at = writeHead(bytes, at, TAG.success, operationBytes);
  at = writeHead(bytes, at, TAG.put, putBytes);
  at = writeField(bytes, at, TAG.key, key);
  writeField(bytes, at, TAG.value, value);
  return bytes;
}

/** The put that goes from the cursor to the end; `undefined` where it has more than key and value. */
function readPut(cursor: Cursor): storagev1.Put | undefined {
  const key = cursor.next(TAG.key) ? cursor.take() : NO_BYTES;
  const value = cursor.next(TAG.value) ? cursor.take() : NO_BYTES;
  if (!cursor.isAtEnd) return undefined;
  return { key, value, lease: '0', prevKv: false, ignoreValue: false, ignoreLease: false };
}

/** Reads fields that are bytes with their length. After something that does not fit it is never at the end. */
class Cursor {
  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  next(tag: number): boolean {
    if (this.bytes[this.at] !== tag) return false;
    this.at++;
    return true;
  }

  take(): Uint8Array {
    const length = this.#length();
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  /** Goes into a field that ends where everything ends. */
  enter(tag: number): boolean {
    return this.next(tag) && this.#length() === this.bytes.length - this.at;
  }

  /** What is cut off or too long to be true leads beyond the end. */
  #length(): number {
    let length = 0;
    for (let factor = 1; this.at < this.bytes.length; factor *= 0x80) {
      const byte = this.bytes[this.at++] as number;
      length += (byte & 0x7f) * factor;
      if (byte < 0x80) return length;
    }
    return Number.MAX_SAFE_INTEGER;
  }
}

const NO_BYTES = new Uint8Array(0);

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest >= 0x80; rest >>>= 7) bytes++;
  return bytes;
}

function fieldBytes({ length }: Uint8Array): number {
  return length === 0 ? 0 : 1 + lengthBytes(length) + length;
}

function writeHead(target: Uint8Array, start: number, tag: number, length: number): number {
  let at = start;
  target[at++] = tag;
  let rest = length;
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

function writeField(target: Uint8Array, start: number, tag: number, value: Uint8Array): number {
  if (value.length === 0) return start;
  const at = writeHead(target, start, tag, value.length);
  target.set(value, at);
  return at + value.length;
}
