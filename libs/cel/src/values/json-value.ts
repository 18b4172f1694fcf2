import { type CelValue, OpaqueValue, OptionalValue, TypeValue, UintValue } from './cel-value.ts';
import { DurationValue } from './duration-value.ts';
import { ListValue } from './list-value.ts';
import { MapValue, RecordMap } from './map-value.ts';
import { ObjectValue } from './object-value.ts';
import { CelRuntimeError } from './runtime-errors.ts';
import { TimestampValue } from './timestamp-value.ts';

/** Plain JSON as a value, lazily: whole numbers become `int`, others `double`, objects maps of strings. `undefined` becomes null. */
export function valueOfJson(json: unknown): CelValue {
  switch (typeof json) {
    case 'boolean':
    case 'string':
    case 'bigint':
      return json;
    case 'number':
      return Number.isSafeInteger(json) ? BigInt(json) : json;
    case 'object':
      if (json === null) return null;
      if (Array.isArray(json)) return new ListValue(json.length, (index) => valueOfJson(json[index]));
      return new RecordMap(json as Record<string, unknown>, valueOfJson);
    default:
      return null;
  }
}

/** A value as plain JSON; an `int` beyond 2^53 loses precision. Throws `CelRuntimeError` for values that JSON has no form for. */
export function jsonOfValue(value: CelValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof UintValue) return Number(value.value);
  if (value instanceof ListValue) return [...value].map(jsonOfValue);
  if (value instanceof MapValue) return recordOf([...value.entries()].map(([key, item]) => [keyText(key), item]));
  if (value instanceof ObjectValue) return recordOf(value.names().map((name) => [name, value.get(name) as CelValue]));
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof DurationValue || value instanceof TimestampValue) return value.toString();
  if (value instanceof OptionalValue) return value.value === undefined ? null : jsonOfValue(value.value);
  if (value instanceof TypeValue) return value.typeName;
  if (value instanceof OpaqueValue) return value.toString();
  throw new CelRuntimeError('unsupported conversion to JSON');
}

function keyText(key: CelValue): string {
  return key instanceof UintValue ? String(key.value) : String(key);
}

function recordOf(entries: readonly (readonly [string, CelValue])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, value]) => [name, jsonOfValue(value)]));
}
