import { BinaryReader, base64Encode, WireType } from '@bufbuild/protobuf/wire';
import { rawExtensionName, type SpecialForm, specialFormOf } from './special-form.ts';
import type { WireField, WireMessage, WireScalar, WireSchemas } from './wire-schema.ts';

/** Messages within messages; upstream's JSON decoder stops at a comparable point, and no API type comes near. */
const depthMax = 256;

type Fields = Record<string, unknown>;

/** Turns the bytes of an object into its JSON. Throws plain errors for bytes that are none: the envelope gives them a name. */
export class MessageDecoder {
  constructor(
    private readonly schemas: WireSchemas,
    /** Reads what a `RawExtension` holds. */
    private readonly readRaw: (bytes: Uint8Array, depth: number) => unknown,
  ) {}

  decode(bytes: Uint8Array, message: WireMessage, depth = 0): Fields {
    return this.readInto({}, bytes, message, depth);
  }

  /** A message may come in several parts, which add up: hence `target`. Fields that the message does not have are dropped. */
  private readInto(target: Fields, bytes: Uint8Array, message: WireMessage, depth: number, special = false): Fields {
    if (depth > depthMax) throw new RangeError('proto: nested too deeply');
    const reader = new BinaryReader(bytes);
    const maps = new Map<string, Map<string, unknown>>();
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      const field = message.byNumber.get(number);
      if (field === undefined) reader.skip(wireType, number);
      else if (field.cardinality === 'map') this.readEntry(maps, reader, wireType, field, depth);
      else this.readField(target, reader, wireType, field, depth, special);
    }
    // `fromEntries` makes own properties even of keys such as `__proto__`.
    for (const [name, entries] of maps) target[name] = Object.fromEntries(entries);
    return target;
  }

  private readField(
    target: Fields,
    reader: BinaryReader,
    wireType: WireType,
    field: WireField,
    depth: number,
    special: boolean,
  ): void {
    const { value, name } = field;
    if (field.cardinality === 'list') {
      const list = Array.isArray(target[name]) ? (target[name] as unknown[]) : [];
      target[name] = list;
      for (const item of this.items(reader, wireType, field, depth)) list.push(item);
    } else if (value.kind === 'scalar') {
      const read = special ? readPlain(reader, wireType, field) : readScalar(reader, wireType, field);
      if (special || field.zeroShown || !isZero(read)) target[name] = read;
      else delete target[name];
    } else {
      const bytes = bytesOf(reader, wireType, field);
      const known = name === '' ? target : target[name];
      const read = this.message(bytes, value.name, depth + 1, isFields(known) ? known : undefined);
      if (name !== '' && read !== undefined) target[name] = read;
    }
  }

  private *items(reader: BinaryReader, wireType: WireType, field: WireField, depth: number): Iterable<unknown> {
    const { value } = field;
    if (value.kind === 'message') {
      yield this.message(bytesOf(reader, wireType, field), value.name, depth + 1) ?? null;
    } else if (wireType === WireType.LengthDelimited && wireTypes[value.scalar] !== wireType) {
      const packed = new BinaryReader(reader.bytes());
      while (packed.pos < packed.len) yield readScalar(packed, wireTypes[value.scalar], field);
    } else {
      yield readScalar(reader, wireType, field);
    }
  }

  /** An entry of a map is a message with key (1) and value (2). */
  private readEntry(
    maps: Map<string, Map<string, unknown>>,
    reader: BinaryReader,
    wireType: WireType,
    field: WireField,
    depth: number,
  ): void {
    const entries = maps.get(field.name) ?? new Map<string, unknown>();
    maps.set(field.name, entries);
    const entry = new BinaryReader(bytesOf(reader, wireType, field));
    const { value } = field;
    let key = '';
    let read: unknown;
    while (entry.pos < entry.len) {
      const [number, type] = entry.tag();
      if (number === 1) {
        if (type !== WireType.LengthDelimited) throw wrongWireType(type, field);
        key = entry.string();
      } else if (number !== 2) entry.skip(type, number);
      else if (value.kind === 'scalar') read = readScalar(entry, type, field);
      else read = this.message(bytesOf(entry, type, field), value.name, depth + 1);
    }
    entries.set(key, read ?? this.zero(field, depth));
  }

  /** The value of a map's entry that has none on the wire. */
  private zero({ value }: WireField, depth: number): unknown {
    if (value.kind === 'message') return this.message(new Uint8Array(), value.name, depth + 1) ?? null;
    if (value.scalar === 'string' || value.scalar === 'bytes') return '';
    return value.scalar === 'bool' ? false : 0;
  }

  private message(bytes: Uint8Array, name: string, depth: number, target: Fields = {}): unknown {
    if (name === rawExtensionName) return this.rawExtension(bytes, depth);
    const form: SpecialForm | undefined = specialFormOf(name);
    if (form === undefined) return this.readInto(target, bytes, this.schemas.get(name), depth);
    return form.toJson(this.readInto({}, bytes, this.schemas.get(name), depth, true));
  }

  private rawExtension(bytes: Uint8Array, depth: number): unknown {
    const { raw } = this.readInto({}, bytes, this.schemas.get(rawExtensionName), depth, true);
    return raw instanceof Uint8Array && raw.length > 0 ? this.readRaw(raw, depth + 1) : undefined;
  }
}

export const wireTypes: Readonly<Record<WireScalar, WireType>> = {
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
  int32: WireType.Varint,
  int64: WireType.Varint,
  bool: WireType.Varint,
  double: WireType.Bit64,
};

/** A scalar as JSON has it. */
function readScalar(reader: BinaryReader, wireType: WireType, field: WireField): unknown {
  const value = readPlain(reader, wireType, field);
  return value instanceof Uint8Array ? base64Encode(value) : value;
}

function readPlain(reader: BinaryReader, wireType: WireType, field: WireField): unknown {
  const scalar = field.value.kind === 'scalar' ? field.value.scalar : 'bytes';
  if (wireTypes[scalar] !== wireType) throw wrongWireType(wireType, field);
  if (scalar === 'int64') return exactNumber(BigInt(reader.int64()), field);
  return reader[scalar]();
}

/** Rather an error than another number. */
function exactNumber(value: bigint, { name }: WireField): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new RangeError(`proto: cannot keep number ${value} of ${name} exactly: integers may have at most 53 bits here`);
}

function bytesOf(reader: BinaryReader, wireType: WireType, field: WireField): Uint8Array {
  if (wireType !== WireType.LengthDelimited) throw wrongWireType(wireType, field);
  return reader.bytes();
}

function wrongWireType(wireType: WireType, { name }: WireField): Error {
  return new RangeError(
    `proto: wrong wireType = ${wireType} for field ${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  );
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
