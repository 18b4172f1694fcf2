import { leasepb } from '@orrery/proto/etcd';

/**
 * How etcd 3.4 lays its database out. All numbers in keys are big endian. Sources: mvcc/revision.go, mvcc/kvstore.go, lease/lessor.go,
 * mvcc/backend in etcd.
 */
export const Bucket = {
  KEY: 'key',
  META: 'meta',
  LEASE: 'lease',
  ALARM: 'alarm',
  AUTH: 'auth',
  AUTH_USERS: 'authUsers',
  AUTH_ROLES: 'authRoles',
  CLUSTER: 'cluster',
  MEMBERS: 'members',
  MEMBERS_REMOVED: 'members_removed',
} as const;

export const MetaKey = {
  /** Index of the last Raft entry in the database. */
  CONSISTENT_INDEX: 'consistent_index',
  /** A compaction that has been asked for, and one that has been carried through: each a revision key. */
  SCHEDULED_COMPACTION: 'scheduledCompactRev',
  FINISHED_COMPACTION: 'finishedCompactRev',
  /** Since etcd 3.6: the version of this layout. */
  STORAGE_VERSION: 'storageVersion',
} as const;

/** The key of a version: revision, `_`, sub, and `t` (tombstone) behind a deletion. */
const REVISION_KEY_BYTES = 17;
const SEPARATOR = '_'.charCodeAt(0);
const TOMBSTONE = 't'.charCodeAt(0);

export function revisionKey(revision: number, sub = 0, deleted = false): Uint8Array {
  const bytes = new Uint8Array(REVISION_KEY_BYTES + Number(deleted));
  const view = new DataView(bytes.buffer);
  writeNumber(view, 0, revision);
  bytes[8] = SEPARATOR;
  writeNumber(view, 9, sub);
  if (deleted) bytes[REVISION_KEY_BYTES] = TOMBSTONE;
  return bytes;
}

/** As an unsigned 64-bit number, without a detour over big integers: keys are made by the million. */
function writeNumber(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value % 0x1_0000_0000);
}

/** `undefined` for bytes that are no such key. */
export function readRevisionKey(
  bytes: Uint8Array,
): { readonly revision: number; readonly sub: number; readonly deleted: boolean } | undefined {
  const deleted = bytes.length === REVISION_KEY_BYTES + 1 && bytes[REVISION_KEY_BYTES] === TOMBSTONE;
  if ((bytes.length !== REVISION_KEY_BYTES && !deleted) || bytes[8] !== SEPARATOR) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { revision: Number(view.getBigUint64(0)), sub: Number(view.getBigUint64(9)), deleted };
}

export function uint64(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

/** What is kept of a lease: when it ends is the leader's knowledge alone. */
export interface KeptLease {
  /** Decimal. */
  readonly id: string;
  readonly ttlSeconds: number;
}

export function encodeLease({ id, ttlSeconds }: KeptLease): Uint8Array {
  return leasepb.Lease.encode({ ID: id, TTL: ttlSeconds, RemainingTTL: 0 }).finish();
}

/** Throws where the bytes are no message. */
export function decodeLease(bytes: Uint8Array): KeptLease {
  const { ID: id, TTL: ttlSeconds } = leasepb.Lease.decode(bytes);
  return { id, ttlSeconds };
}
