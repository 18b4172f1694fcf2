import { type JsonSplice, resourceVersionSplice, writeSpliced } from '@orrery/api';
import type { registryv1 } from '@orrery/proto';

/** An event whose objects are still as they are stored, without their resourceVersions. */
export interface StoredEvent extends Omit<registryv1.Event, 'object' | 'previous' | 'traceParent'> {
  readonly object: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
}

export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly resourceVersion: number;
}

/** Fields of `Event` in the proto file. */
const FIELD = {
  revision: 1,
  type: 2,
  group: 3,
  version: 4,
  resource: 5,
  namespace: 6,
  name: 7,
  uid: 8,
  commitTimeMs: 9,
  object: 11,
  previous: 12,
} as const;

const TEXTS = ['group', 'version', 'resource', 'namespace', 'name', 'uid'] as const;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** A tag of one byte, a varint of ten. */
const FIELD_HEAD_BYTES_MAX = 11;
/** One code unit of a string. */
const UTF8_BYTES_MAX = 3;

/**
 * The same bytes as the generated encoder makes of the event, with each object written where it belongs at once: objects are nearly all of an entry, and
 * the generated encoder copies them twice more.
 */
export function encodeEvent(event: StoredEvent): Uint8Array {
  const object = jsonOf(event.object);
  const previous = jsonOf(event.previous);
  const writer = new EventWriter(bytesMaxOf(event) + lengthOf(object) + lengthOf(previous));
  writer.number(FIELD.revision, event.revision);
  writer.number(FIELD.type, event.type);
  for (const name of TEXTS) writer.text(FIELD[name], event[name]);
  writer.number(FIELD.commitTimeMs, event.commitTimeMs);
  writer.json(FIELD.object, object);
  writer.json(FIELD.previous, previous);
  return writer.finish();
}

interface Json {
  readonly bytes: Uint8Array;
  readonly splice: JsonSplice | undefined;
}

function jsonOf(object: StoredObject | undefined): Json | undefined {
  return object && { bytes: object.bytes, splice: resourceVersionSplice(object.bytes, object.resourceVersion) };
}

function lengthOf(json: Json | undefined): number {
  return json === undefined ? 0 : json.bytes.length + (json.splice?.field.length ?? 0);
}

/** Enough for everything but the objects. */
function bytesMaxOf(event: StoredEvent): number {
  let bytes = Object.keys(FIELD).length * FIELD_HEAD_BYTES_MAX;
  for (const name of TEXTS) bytes += event[name].length * UTF8_BYTES_MAX;
  return bytes;
}

/** Fields with a default value are left out, as proto3 has it. */
class EventWriter {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytesMax: number) {
    this.#bytes = Buffer.allocUnsafe(bytesMax);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  number(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  text(field: number, value: string): void {
    if (value === '') return;
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(Buffer.byteLength(value));
    this.#at += this.#bytes.write(value, this.#at);
  }

  json(field: number, json: Json | undefined): void {
    const length = lengthOf(json);
    if (json === undefined || length === 0) return;
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(length);
    if (json.splice === undefined) {
      this.#bytes.set(json.bytes, this.#at);
      this.#at += length;
    } else {
      this.#at = writeSpliced(this.#bytes, this.#at, json.bytes, json.splice);
    }
  }

  #tag(field: number, wireType: number): void {
    this.#bytes[this.#at++] = field * 8 + wireType;
  }

  /** Up to the largest safe integer: shifts would cut it to 32 bits. */
  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }
}
