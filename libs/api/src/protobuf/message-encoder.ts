import { BinaryWriter, base64Decode, WireType } from '@bufbuild/protobuf/wire';
import { wireTypes } from './message-decoder.ts';
import { ProtobufError } from './protobuf-error.ts';
import { rawExtensionName, specialFormOf } from './special-form.ts';
import type { WireField, WireMessage, WireScalar, WireSchemas } from './wire-schema.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Turns an object of the API into the bytes of its message. Fields are in the order of their numbers and map keys are sorted, so that equal
 * objects have equal bytes. What JSON leaves out is left out here too: for Go, absent and zero are the same.
 */
export class MessageEncoder {
  constructor(private readonly schemas: WireSchemas) {}

  /** Throws `ProtobufError` (`wrongType`). */
  encode(value: unknown, message: WireMessage): Uint8Array {
    const writer = new BinaryWriter();
    this.write(writer, value, message);
    return writer.finish();
  }

  private write(writer: BinaryWriter, value: unknown, message: WireMessage): void {
    if (!isFields(value)) throw wrongType(message.name, value);
    for (const field of message.fields) {
      const own = field.name === '' ? value : value[field.name];
      if (own !== undefined && own !== null) this.writeField(writer, own, field);
    }
  }

  private writeField(writer: BinaryWriter, value: unknown, field: WireField): void {
    switch (field.cardinality) {
      case 'single':
        this.writeValue(writer, value, field);
        break;
      case 'list':
        if (!Array.isArray(value)) throw wrongType(field.name, value);
        for (const item of value) this.writeValue(writer, item, field);
        break;
      case 'map':
        if (!isFields(value)) throw wrongType(field.name, value);
        for (const key of Object.keys(value).sort(byCodePoints)) {
          writer.tag(field.number, WireType.LengthDelimited).fork();
          writer.tag(1, WireType.LengthDelimited).string(key);
          this.writeValue(writer, value[key], { ...field, number: 2 });
          writer.join();
        }
        break;
      default:
        field.cardinality satisfies never;
    }
  }

  private writeValue(writer: BinaryWriter, value: unknown, { number, name, value: type }: WireField): void {
    if (type.kind === 'scalar') {
      writeScalar(writer.tag(number, wireTypes[type.scalar]), value, type.scalar, name);
      return;
    }
    writer.tag(number, WireType.LengthDelimited).fork();
    this.writeMessage(writer, value, type.name, name);
    writer.join();
  }

  private writeMessage(writer: BinaryWriter, value: unknown, name: string, fieldName: string): void {
    const message = this.schemas.get(name);
    if (name === rawExtensionName) {
      const raw = value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
      this.write(writer, { raw }, message);
      return;
    }
    const form = specialFormOf(name);
    // An embedded message reads its fields from the object around it and is written even if it finds none: Go does so.
    if (form === undefined) this.write(writer, fieldName === '' ? value : (value ?? {}), message);
    else if (value !== null && value !== undefined) this.write(writer, form.fromJson(value), message);
  }
}

function writeScalar(writer: BinaryWriter, value: unknown, scalar: WireScalar, name: string): void {
  switch (scalar) {
    case 'string':
      writer.string(typed(value, 'string', name));
      break;
    case 'bytes':
      writer.bytes(value instanceof Uint8Array ? value : base64Decode(typed(value, 'string', name)));
      break;
    case 'bool':
      writer.bool(typed(value, 'boolean', name));
      break;
    case 'double':
      writer.double(typed(value, 'number', name));
      break;
    case 'int32':
      writer.int32(integer(value, name));
      break;
    case 'int64':
      writer.int64(BigInt(integer(value, name)));
      break;
    default:
      scalar satisfies never;
  }
}

interface JavaScriptTypes {
  string: string;
  boolean: boolean;
  number: number;
}

function typed<T extends keyof JavaScriptTypes>(value: unknown, type: T, name: string): JavaScriptTypes[T] {
  if (typeof value !== type) throw wrongType(name, value);
  return value as JavaScriptTypes[T];
}

function integer(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, value);
  return value;
}

/** Go sorts strings by their bytes. */
function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function wrongType(name: string, value: unknown): ProtobufError {
  return new ProtobufError('wrongType', `${name}: a ${typeof value} cannot be written`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
