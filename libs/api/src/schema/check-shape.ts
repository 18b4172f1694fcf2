import { formatTime, parseTime } from '@orrery/runtime';
import { Quantity, QuantityError } from '../quantity/quantity.ts';
import type { FieldSchema, FieldType, ScalarType } from './type-schemas.ts';
import { TypeSchemas } from './type-schemas.ts';
import { zeroValue } from './zero-value.ts';

/** What decoding finds about a value that a client sent. */
export interface ShapeReport {
  /** Paths as upstream writes them: `spec.template.spec.containers[0].foo`. */
  readonly unknownFields: readonly string[];
  /** Texts of upstream's decoder; it reports only the first. With any of them the value cannot be handled. */
  readonly typeErrors: readonly string[];
  /**
   * The value as upstream's types would hold it: no unknown fields, no nulls, no empty lists and maps where they may be left out, something
   * for required fields that nobody names (`''`, 0, `{}`), quantities and times in canonical form.
   */
  readonly pruned: unknown;
}

/** Compares a value with a type of the API. Never changes it. `path` stands before all reported paths. */
export function checkShape(
  typeName: string,
  value: unknown,
  path = '',
  schemas: TypeSchemas = TypeSchemas.builtIn(),
): ShapeReport {
  const check = new ShapeCheck(schemas);
  const pruned = check.value(schemas.typeOf(typeName), value, { path, goPath: path, struct: '' });
  return { unknownFields: check.unknownFields, typeErrors: check.typeErrors, pruned };
}

/** Where the check stands. `goPath` has no list indexes; `struct` is the innermost Go struct, `''` at the top. */
interface Place {
  readonly path: string;
  readonly goPath: string;
  readonly struct: string;
}

const goScalars: Record<ScalarType, string> = {
  string: 'string',
  bytes: '[]uint8',
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  boolean: 'bool',
};

const integerRanges = { int32: 2 ** 31, int64: 2 ** 63 } as const;

class ShapeCheck {
  readonly unknownFields: string[] = [];
  readonly typeErrors: string[] = [];

  constructor(private readonly schemas: TypeSchemas) {}

  value(type: FieldType, value: unknown, place: Place): unknown {
    switch (type.kind) {
      case 'object':
        return this.object(type.typeName, value, place);
      case 'list':
        return this.list(type, value, place);
      case 'map':
        return this.map(type, value, place);
      case 'scalar':
        return this.scalar(type.scalar, value, place);
      case 'intOrString':
        return this.intOrString(value);
      case 'quantity':
        return this.quantity(value);
      case 'time':
        return this.time(value, type.micro, place);
      case 'any':
        return value;
      default:
        return type satisfies never;
    }
  }

  private object(typeName: string, value: unknown, place: Place): unknown {
    if (value === null) return {};
    if (!isObject(value)) return this.wrongType(value, goName(typeName), place);
    const { fields, alwaysPresent } = this.schemas.get(typeName);
    const struct = typeName.slice(typeName.lastIndexOf('.') + 1);
    const pruned: Record<string, unknown> = {};
    for (const [name, fieldValue] of Object.entries(value)) {
      const field = fields.get(name);
      const path = join(place.path, name);
      if (!field) this.unknownFields.push(path);
      else if (fieldValue !== null && !isLeftOut(fieldValue, field)) {
        pruned[name] = this.value(field.type, fieldValue, { path, goPath: join(place.goPath, name), struct });
      }
    }
    for (const { name, type } of alwaysPresent) pruned[name] ??= zeroValue(type);
    return pruned;
  }

  private list(type: FieldType & { kind: 'list' }, value: unknown, place: Place): unknown {
    if (!Array.isArray(value)) return this.wrongType(value, goType(type), place);
    return value.map((item: unknown, i) => {
      if (item === null) return zeroValue(type.items);
      return this.value(type.items, item, { ...place, path: `${place.path}[${i}]` });
    });
  }

  private map(type: FieldType & { kind: 'map' }, value: unknown, place: Place): unknown {
    if (!isObject(value)) return this.wrongType(value, goType(type), place);
    const pruned: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      const itemPlace = { ...place, path: join(place.path, key) };
      pruned.push([key, item === null ? zeroValue(type.values) : this.value(type.values, item, itemPlace)]);
    }
    return Object.fromEntries(pruned);
  }

  private scalar(scalar: ScalarType, value: unknown, place: Place): unknown {
    switch (scalar) {
      case 'string':
        return typeof value === 'string' ? value : this.wrongType(value, 'string', place);
      case 'boolean':
        return typeof value === 'boolean' ? value : this.wrongType(value, 'bool', place);
      case 'double':
        return typeof value === 'number' ? value : this.wrongType(value, 'float64', place);
      case 'bytes':
        return this.bytes(value, place);
      case 'int32':
      case 'int64':
        return this.integer(scalar, value, place);
      default:
        return scalar satisfies never;
    }
  }

  private integer(scalar: 'int32' | 'int64', value: unknown, place: Place): unknown {
    if (typeof value !== 'number') return this.wrongType(value, scalar, place);
    const range = integerRanges[scalar];
    if (Number.isInteger(value) && value >= -range && value < range) return value;
    return this.wrongType(value, scalar, place, `number ${value}`);
  }

  private bytes(value: unknown, place: Place): unknown {
    if (typeof value !== 'string') return this.wrongType(value, goScalars.bytes, place);
    const compact = value.replace(/[\r\n]/g, '');
    const at = illegalBase64At(compact);
    if (at >= 0) this.typeErrors.push(`illegal base64 data at input byte ${at}`);
    return compact;
  }

  private intOrString(value: unknown): unknown {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    const got = typeof value === 'number' ? `number ${value}` : jsonKind(value);
    this.typeErrors.push(`json: cannot unmarshal ${got} into Go value of type int32`);
    return value;
  }

  private quantity(value: unknown): unknown {
    try {
      return Quantity.parse(
        typeof value === 'number' ? value : typeof value === 'string' ? value.trim() : '',
      ).toString();
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error;
      this.typeErrors.push(error.message);
      return value;
    }
  }

  private time(value: unknown, micro: boolean, place: Place): unknown {
    if (typeof value !== 'string') return this.wrongType(value, 'string', { ...place, struct: '' });
    const canonical = canonicalTime(value, micro);
    if (typeof canonical === 'string') return canonical;
    const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
    const { unread, as } = canonical;
    this.typeErrors.push(
      `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(unread)} as "${as}"`,
    );
    return value;
  }

  private wrongType(value: unknown, wanted: string, place: Place, got: string = jsonKind(value)): unknown {
    const where = place.struct === '' ? 'Go value' : `Go struct field ${place.struct}.${place.goPath}`;
    this.typeErrors.push(`json: cannot unmarshal ${got} into ${where} of type ${wanted}`);
    return value;
  }
}

/** In UTC; with six digits of a second or none. Otherwise what is left of the text, and the part of the layout that it does not fit. */
function canonicalTime(text: string, micro: boolean): string | { readonly unread: string; readonly as: string } {
  const [, seconds, rest = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(.*)$/.exec(text) ?? [];
  if (seconds === undefined) return { unread: text, as: '2006' };
  const [, fraction = '', zone] = (micro ? /^\.(\d{6})(.*)$/ : /^(?:[.,](\d+))?(.*)$/).exec(rest) ?? [];
  if (zone === undefined) return { unread: rest, as: '.000000' };
  const at = /^(Z|[+-]\d\d:\d\d)$/.test(zone) ? parseTime(seconds + zone) : undefined;
  if (at === undefined) return { unread: zone, as: 'Z07:00' };
  return micro ? `${formatTime(at).slice(0, -1)}.${fraction}Z` : formatTime(at);
}

/** An empty list or map that upstream's encoder leaves out. An empty list of managed fields is a wish to clear them. */
function isLeftOut(value: unknown, { name, type, required }: FieldSchema): boolean {
  if (required || name === 'managedFields') return false;
  if (type.kind === 'list') return Array.isArray(value) && value.length === 0;
  return type.kind === 'map' && isObject(value) && Object.keys(value).length === 0;
}

/** Position of the first byte that is not base64, as Go counts it; -1 where all is well. */
function illegalBase64At(text: string): number {
  const bad = text.search(/[^A-Za-z0-9+/=]/);
  if (bad >= 0) return bad;
  const padding = text.indexOf('=');
  const body = padding < 0 ? text : text.slice(0, padding);
  if (padding >= 0 && (text.length % 4 !== 0 || !/^={1,2}$/.test(text.slice(padding)))) return padding;
  return text.length % 4 === 0 ? -1 : body.length - (body.length % 4);
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

function goType(type: FieldType): string {
  switch (type.kind) {
    case 'list':
      return `[]${goType(type.items)}`;
    case 'map':
      return `map[string]${goType(type.values)}`;
    case 'scalar':
      return goScalars[type.scalar];
    case 'object':
    case 'any':
      return goName(type.typeName);
    case 'quantity':
      return 'resource.Quantity';
    case 'intOrString':
      return 'intstr.IntOrString';
    case 'time':
      return type.micro ? 'v1.MicroTime' : 'v1.Time';
    default:
      return type satisfies never;
  }
}

/** `api.core.v1.PodSpec` → `v1.PodSpec`. */
function goName(typeName: string): string {
  return typeName.split('.').slice(-2).join('.');
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
