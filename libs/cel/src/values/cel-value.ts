import type { CelType } from '../types/cel-type.ts';
import type { DurationValue } from './duration-value.ts';
import type { ListValue } from './list-value.ts';
import type { MapValue } from './map-value.ts';
import type { ObjectValue } from './object-value.ts';
import type { TimestampValue } from './timestamp-value.ts';

/** `bool`, `int`, `double`, `string` and `null` are plain; everything else is an object of its class. */
export type CelValue =
  | boolean
  | bigint
  | number
  | string
  | null
  | Uint8Array
  | UintValue
  | DurationValue
  | TimestampValue
  | ListValue
  | MapValue
  | ObjectValue
  | OptionalValue
  | TypeValue
  | OpaqueValue;

/** An unsigned number of 64 bits. */
export class UintValue {
  constructor(readonly value: bigint) {}
}

/** A type as a value: what `type(x)` gives. */
export class TypeValue {
  /** The name of the type without its parameters: `list`, `google.protobuf.Timestamp`. */
  constructor(readonly typeName: string) {}
}

/** `optional.of(x)` or `optional.none()`. */
export class OptionalValue {
  private constructor(private readonly content: CelValue | undefined) {}

  static readonly none = new OptionalValue(undefined);

  static of(value: CelValue): OptionalValue {
    return new OptionalValue(value);
  }

  /** `undefined` where there is none. */
  get value(): CelValue | undefined {
    return this.content;
  }
}

/** A value of a library: quantities, addresses, the authorizer. */
export abstract class OpaqueValue {
  /** Equal to the name of its `opaque` type. */
  abstract readonly typeName: string;

  equals(other: CelValue): boolean {
    return this === other;
  }
}

/** What each class of values is for the choice of functions: the `kind` of its type, or the name of an opaque type. */
export function isOfType(value: CelValue, type: CelType): boolean {
  if (type.kind === 'dyn' || type.kind === 'parameter' || type.kind === 'error') return true;
  if (type.kind === 'opaque') return value instanceof OpaqueValue && value.typeName === type.name;
  return runtimeKind(value) === type.kind;
}

type RuntimeKind = Exclude<CelType['kind'], 'dyn' | 'error' | 'parameter'>;

/** The `kind` of the value's type. */
export function runtimeKind(value: CelValue): RuntimeKind {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
    default:
      return value === null ? 'null' : classKind(value);
  }
}

function classKind(value: Exclude<CelValue, boolean | bigint | number | string | null>): RuntimeKind {
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof UintValue) return 'uint';
  if (value instanceof OptionalValue) return 'optional';
  if (value instanceof TypeValue) return 'type';
  if (value instanceof OpaqueValue) return 'opaque';
  return value.kind;
}

/** The name of the value's type, as `type()` and error messages write it. */
export function typeNameOf(value: CelValue): string {
  const kind = runtimeKind(value);
  switch (kind) {
    case 'null':
      return 'null_type';
    case 'optional':
      return 'optional_type';
    case 'timestamp':
      return 'google.protobuf.Timestamp';
    case 'duration':
      return 'google.protobuf.Duration';
    case 'object':
    case 'opaque':
      return (value as ObjectValue | OpaqueValue).typeName;
    default:
      return kind;
  }
}
