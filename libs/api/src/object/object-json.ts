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
  const source = asBuffer(bytes);
  const found = source.indexOf(metadataOpening);
  if (found < 0) return bytes;
  const at = found + metadataOpening.length;
  const field = `"resourceVersion":"${revision}"${source[at] === closingBrace ? '' : ','}`;
  const served = Buffer.allocUnsafe(source.length + field.length);
  source.copy(served, 0, 0, at);
  served.write(field, at, 'latin1');
  source.copy(served, at + field.length, at);
  return served;
}

function textOf(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('utf8');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
