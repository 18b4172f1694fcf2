import { raftv1 } from '@orrery/proto';
import { crc32c } from './crc32c.ts';

/**
 * One record on disk: length of the body (u32), CRC-32C of the body (u32), body; all little-endian. The body is one byte of kind and a
 * protobuf message.
 */
export type WalRecord =
  | { readonly kind: 'entry'; readonly entry: raftv1.Entry }
  | { readonly kind: 'hard-state'; readonly hardState: raftv1.HardState };

const KIND_ENTRY = 1;
const KIND_HARD_STATE = 2;
const HEAD_BYTES = 8;

/** What a run of bytes held. `end` is the offset behind the last whole, undamaged record. */
export interface WalRecords {
  readonly records: readonly WalRecord[];
  readonly end: number;
}

export function encodeRecords(records: readonly WalRecord[]): Uint8Array {
  const bodies = records.map(bodyOf);
  const bytes = Buffer.allocUnsafe(bodies.reduce((sum, { message }) => sum + HEAD_BYTES + 1 + message.length, 0));
  let at = 0;
  for (const { kind, message } of bodies) {
    const end = at + HEAD_BYTES + 1 + message.length;
    bytes[at + HEAD_BYTES] = kind;
    bytes.set(message, at + HEAD_BYTES + 1);
    bytes.writeUInt32LE(message.length + 1, at);
    bytes.writeUInt32LE(crc32c(bytes.subarray(at + HEAD_BYTES, end)), at + 4);
    at = end;
  }
  return bytes;
}

/** Reads records until the bytes end or one is torn or damaged. */
export function decodeRecords(bytes: Uint8Array): WalRecords {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: WalRecord[] = [];
  let at = 0;
  while (at + HEAD_BYTES < bytes.length) {
    const end = at + HEAD_BYTES + view.getUint32(at, true);
    const body = bytes.subarray(at + HEAD_BYTES, end);
    if (end > bytes.length || body.length === 0 || crc32c(body) !== view.getUint32(at + 4, true)) break;
    const record = recordOf(body);
    if (record === undefined) break;
    records.push(record);
    at = end;
  }
  return { records, end: at };
}

function bodyOf(record: WalRecord): { kind: number; message: Uint8Array } {
  if (record.kind === 'entry') return { kind: KIND_ENTRY, message: raftv1.Entry.encode(record.entry).finish() };
  return { kind: KIND_HARD_STATE, message: raftv1.HardState.encode(record.hardState).finish() };
}

function recordOf(body: Uint8Array): WalRecord | undefined {
  const message = body.subarray(1);
  if (body[0] === KIND_HARD_STATE) return { kind: 'hard-state', hardState: raftv1.HardState.decode(message) };
  if (body[0] !== KIND_ENTRY) return undefined;
  const entry = raftv1.Entry.decode(message);
  // A copy, so that a whole segment does not stay in memory for one entry.
  return { kind: 'entry', entry: { ...entry, data: entry.data.slice() } };
}
