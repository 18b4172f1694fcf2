/**
 * A version as etcd keeps it in its database: the protobuf message `mvccpb.KeyValue` (which `orrery.storage.v1.KeyValue` equals), fields in order
 * of their numbers, zero values left out. Written by hand because it goes straight into a slab.
 */
export interface KeyValueFields {
  /** As by `keyText`. */
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
}

const TAG_KEY = 0x0a;
const TAG_CREATE_REVISION = 0x10;
const TAG_MOD_REVISION = 0x18;
const TAG_VERSION = 0x20;
const TAG_VALUE = 0x2a;
const TAG_LEASE = 0x30;

export function recordBytes(fields: KeyValueFields): number {
  const { key, createRevision, modRevision, version, value, lease } = fields;
  return (
    bytesField(key.length) +
    numberField(createRevision) +
    numberField(modRevision) +
    numberField(version) +
    bytesField(value.length) +
    (lease === 0n ? 0 : 1 + leaseBytes(lease))
  );
}

/** Where the value begins, counted from the record's beginning; where there is none: the end of what comes before. */
export function valueOffset({ key, createRevision, modRevision, version, value }: KeyValueFields): number {
  const before = bytesField(key.length) + numberField(createRevision) + numberField(modRevision) + numberField(version);
  return value.length === 0 ? before : before + 1 + varintBytes(value.length);
}

/** Where the key begins, counted from the record's beginning. */
export function keyOffset(keyLength: number): number {
  return 1 + varintBytes(keyLength);
}

export function writeRecord(target: Buffer, offset: number, fields: KeyValueFields): void {
  const { key, value, lease } = fields;
  let at = offset;
  if (key.length > 0) {
    target[at++] = TAG_KEY;
    at = writeVarint(target, at, key.length);
    at += target.write(key, at, 'latin1');
  }
  at = writeNumber(target, at, TAG_CREATE_REVISION, fields.createRevision);
  at = writeNumber(target, at, TAG_MOD_REVISION, fields.modRevision);
  at = writeNumber(target, at, TAG_VERSION, fields.version);
  if (value.length > 0) {
    target[at++] = TAG_VALUE;
    at = writeVarint(target, at, value.length);
    target.set(value, at);
    at += value.length;
  }
  if (lease !== 0n) {
    target[at++] = TAG_LEASE;
    writeLease(target, at, lease);
  }
}

function bytesField(length: number): number {
  return length === 0 ? 0 : 1 + varintBytes(length) + length;
}

function numberField(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function writeNumber(target: Buffer, at: number, tag: number, value: number): number {
  if (value === 0) return at;
  target[at] = tag;
  return writeVarint(target, at + 1, value);
}

function writeVarint(target: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) target[at++] = (rest % 128) | 128;
  target[at++] = rest;
  return at;
}

function leaseBytes(lease: bigint): number {
  let bytes = 1;
  for (let rest = BigInt.asUintN(64, lease); rest >= 128n; rest >>= 7n) bytes++;
  return bytes;
}

function writeLease(target: Buffer, offset: number, lease: bigint): void {
  let at = offset;
  let rest = BigInt.asUintN(64, lease);
  for (; rest >= 128n; rest >>= 7n) target[at++] = Number(rest & 127n) | 128;
  target[at] = Number(rest);
}
