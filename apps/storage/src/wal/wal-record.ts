import { raftv1 } from '@orrery/proto';

/** One fact in the log. Later ones replace earlier ones. */
export type WalRecord =
  /** Voids all entries from its index on. */
  | { readonly kind: 'entry'; readonly entry: raftv1.Entry }
  | { readonly kind: 'hard-state'; readonly hardState: raftv1.HardState }
  /** With what a new cluster began, before its first entry. */
  | { readonly kind: 'first-configuration'; readonly configuration: raftv1.Configuration }
  /** The entries up to here are in a snapshot, all other entries are void; the next has the index behind. */
  | { readonly kind: 'restart'; readonly index: number; readonly term: number }
  /** Begins each segment but the first: where the log ended when the segment was begun. */
  | { readonly kind: 'continuation'; readonly index: number };

const Kind = { entry: 1, hardState: 2, firstConfiguration: 3, restart: 4, continuation: 5 } as const;
/** Length of the body (u32) and kind (u8). */
const HEAD_BYTES = 5;

/** The body's encoding. Protobuf, so that a newer release can add fields; numbers that stand alone are f64. */
export function encodeBody(record: WalRecord, encodeEntry: (entry: raftv1.Entry) => Uint8Array): WalBody {
  switch (record.kind) {
    case 'entry':
      return { kind: Kind.entry, bytes: encodeEntry(record.entry) };
    case 'hard-state':
      return { kind: Kind.hardState, bytes: raftv1.HardState.encode(record.hardState).finish() };
    case 'first-configuration':
      return { kind: Kind.firstConfiguration, bytes: raftv1.Configuration.encode(record.configuration).finish() };
    case 'restart':
      return { kind: Kind.restart, bytes: numbers(record.index, record.term) };
    case 'continuation':
      return { kind: Kind.continuation, bytes: numbers(record.index) };
    default:
      return record satisfies never;
  }
}

export interface WalBody {
  readonly kind: number;
  readonly bytes: Uint8Array;
}

export function encodedLength(bodies: readonly WalBody[]): number {
  return bodies.reduce((sum, { bytes }) => sum + HEAD_BYTES + bytes.length, 0);
}

/** Writes the records one after the other; returns the offset behind the last. */
export function writeBodies(bodies: readonly WalBody[], target: Buffer, offset: number): number {
  let at = offset;
  for (const { kind, bytes } of bodies) {
    target.writeUInt32LE(bytes.length, at);
    target[at + 4] = kind;
    target.set(bytes, at + HEAD_BYTES);
    at += HEAD_BYTES + bytes.length;
  }
  return at;
}

/** The records of one batch; its checksum has been found right. Kinds that this release does not know are an error. */
export function* readRecords(bytes: Uint8Array): Generator<WalRecord> {
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEAD_BYTES + view.getUint32(at, true);
    yield recordOf(bytes[at + 4] ?? 0, bytes.subarray(at + HEAD_BYTES, end));
    at = end;
  }
}

/** A record of a newer release, in a folder that says it is of this one. */
export class UnknownRecordError extends Error {
  override readonly name = 'UnknownRecordError';
  constructor(readonly kind: number) {
    super(`the write-ahead log holds a record of unknown kind ${kind}: it was written by a newer release`);
  }
}

function recordOf(kind: number, body: Uint8Array): WalRecord {
  switch (kind) {
    case Kind.entry: {
      const entry = raftv1.Entry.decode(body);
      // A copy, so that a whole segment does not stay in memory for one entry.
      return { kind: 'entry', entry: { ...entry, data: new Uint8Array(entry.data) } };
    }
    case Kind.hardState:
      return { kind: 'hard-state', hardState: raftv1.HardState.decode(body) };
    case Kind.firstConfiguration:
      return { kind: 'first-configuration', configuration: raftv1.Configuration.decode(body) };
    case Kind.restart:
      return { kind: 'restart', index: viewOf(body).getFloat64(0), term: viewOf(body).getFloat64(8) };
    case Kind.continuation:
      return { kind: 'continuation', index: viewOf(body).getFloat64(0) };
    default:
      throw new UnknownRecordError(kind);
  }
}

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = viewOf(bytes);
  for (const [at, value] of values.entries()) view.setFloat64(8 * at, value);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
