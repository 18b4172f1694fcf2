import type { ApiObject } from '../resource/resource-type.ts';
import { parseExactJson } from '../schema/inexact-integers.ts';

const metadataOpening = Buffer.from('"metadata":{');
const closingBrace = 0x7d;

/**
 * The stored form of an object: JSON with `kind`, `apiVersion` and `metadata` first, and without `resourceVersion`, which
 * is the revision of the key and so not known before the write.
 */
export function encodeObject(object: ApiObject): Uint8Array {
  const { kind, apiVersion, metadata, ...rest } = object;
  const { resourceVersion: _, ...kept } = metadata;
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: kept, ...rest }));
}

/** Parses bytes that `encodeObject` or a client made. Throws `SyntaxError` for what is not JSON. */
export function decodeObject<T extends ApiObject = ApiObject>(bytes: Uint8Array): T {
  return parseExactJson(textOf(bytes)) as T;
}

/** Parses a stored object and sets its `resourceVersion`. */
export function decodeStored<T extends ApiObject = ApiObject>(bytes: Uint8Array, revision: number | bigint): T {
  const object = decodeObject<T>(bytes);
  object.metadata.resourceVersion = String(revision);
  return object;
}

/**
 * The served form of a stored object: `"resourceVersion"` as the first field of `metadata`, all other bytes as they are. The first
 * `"metadata":{` is the object's own, since only `kind` and `apiVersion` stand before it.
 */
export function spliceResourceVersion(bytes: Uint8Array, revision: number | bigint | string): Uint8Array {
  const splice = resourceVersionSplice(bytes, revision);
  if (splice === undefined) return bytes;
  const served = Buffer.allocUnsafe(bytes.length + splice.field.length);
  writeSpliced(served, 0, bytes, splice);
  return served;
}

/** ASCII that belongs into stored JSON, and before which byte. */
export interface JsonSplice {
  readonly at: number;
  readonly field: string;
}

/** What `spliceResourceVersion` adds; `undefined` where it leaves the bytes as they are. */
export function resourceVersionSplice(bytes: Uint8Array, revision: number | bigint | string): JsonSplice | undefined {
  const found = asBuffer(bytes).indexOf(metadataOpening);
  if (found < 0) return undefined;
  const at = found + metadataOpening.length;
  return { at, field: `"resourceVersion":"${revision}"${bytes[at] === closingBrace ? '' : ','}` };
}

/** Writes `bytes` with the splice into `target` from `start` on; the end of what was written. */
export function writeSpliced(target: Buffer, start: number, bytes: Uint8Array, { at, field }: JsonSplice): number {
  const source = asBuffer(bytes);
  source.copy(target, start, 0, at);
  target.write(field, start + at, 'latin1');
  source.copy(target, start + at + field.length, at);
  return start + source.length + field.length;
}

function textOf(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('utf8');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
