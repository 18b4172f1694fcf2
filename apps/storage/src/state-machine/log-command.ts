import type { storagev1 } from '@orrery/proto';
import type { Milliseconds } from '@orrery/runtime';
import { decodeStorageRequest, encodeStorageRequest } from './put-request.ts';

/** What one Raft entry holds: a client's request, or something that the leader itself wants done. */
export type LogCommand =
  | { readonly kind: 'request'; readonly time: Milliseconds; readonly request: storagev1.Request }
  /** Only in logs that were upgraded from the first format: today's name the lease that is revoked. */
  | { readonly kind: 'expire-leases'; readonly time: Milliseconds }
  /** Go on behind `revision`, which the registry log shows although this cluster never made it. */
  | { readonly kind: 'skip-revisions'; readonly time: Milliseconds; readonly revision: number };

const KIND_REQUEST = 1;
const KIND_EXPIRE_LEASES = 2;
const KIND_SKIP_REVISIONS = 3;
/** Kind (u8) and time (f64). */
const HEAD_BYTES = 9;

/** `request` is the encoded `storagev1.Request`, as it came. */
export function encodeRequest(time: Milliseconds, request: Uint8Array): Uint8Array {
  const bytes = head(KIND_REQUEST, time, request.length);
  bytes.set(request, HEAD_BYTES);
  return bytes;
}

/** A change that the leader itself wants, which nobody repeats. */
export function encodeOperation(time: Milliseconds, operation: storagev1.Request['operation']): Uint8Array {
  return encodeRequest(time, encodeStorageRequest({ requestId: '', operation }));
}

export function encodeSkipRevisions(time: Milliseconds, revision: number): Uint8Array {
  const bytes = head(KIND_SKIP_REVISIONS, time, 8);
  viewOf(bytes).setFloat64(HEAD_BYTES, revision);
  return bytes;
}

/** `undefined` for the empty entry that begins a term. */
export function decodeCommand(data: Uint8Array): LogCommand | undefined {
  if (data.length === 0) return undefined;
  const time = viewOf(data).getFloat64(1);
  switch (data[0]) {
    case KIND_REQUEST:
      return { kind: 'request', time, request: decodeStorageRequest(data.subarray(HEAD_BYTES)) };
    case KIND_EXPIRE_LEASES:
      return { kind: 'expire-leases', time };
    case KIND_SKIP_REVISIONS:
      return { kind: 'skip-revisions', time, revision: viewOf(data).getFloat64(HEAD_BYTES) };
    default:
      throw new UnknownCommandError(data[0] ?? 0);
  }
}

/** The log holds a command of a newer release; going on without it would make this member differ from the others. */
export class UnknownCommandError extends Error {
  override readonly name = 'UnknownCommandError';
  constructor(readonly kind: number) {
    super(`the Raft log holds a command of unknown kind ${kind}`);
  }
}

function head(kind: number, time: Milliseconds, bodyBytes: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + bodyBytes);
  bytes[0] = kind;
  viewOf(bytes).setFloat64(1, time);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
