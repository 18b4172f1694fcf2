import { type CelValue, OpaqueValue, OptionalValue, runtimeKind, TypeValue, UintValue } from './cel-value.ts';
import { DurationValue } from './duration-value.ts';
import { ListValue } from './list-value.ts';
import { MapValue } from './map-value.ts';
import { type Meter, unmetered } from './meter.ts';
import { ObjectValue } from './object-value.ts';
import { TimestampValue } from './timestamp-value.ts';

/** CEL's `==`: values of different types are not equal, except for numbers, which compare by value. */
export function celEquals(left: CelValue, right: CelValue, meter: Meter = unmetered): boolean {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right) === 0;
  if (left === right) return true;
  if (left === null || right === null) return false;
  if (runtimeKind(left) !== runtimeKind(right)) return false;
  return sameKindEquals(left, right, meter);
}

function sameKindEquals(left: CelValue, right: CelValue, meter: Meter): boolean {
  if (left instanceof ListValue) return listEquals(left, right as ListValue, meter);
  if (left instanceof MapValue) return mapEquals(left, right as MapValue, meter);
  if (left instanceof ObjectValue) return objectEquals(left, right as ObjectValue, meter);
  if (left instanceof TimestampValue || left instanceof DurationValue) {
    return left.nanos === (right as TimestampValue | DurationValue).nanos;
  }
  if (left instanceof Uint8Array) return compareBytes(left, right as Uint8Array) === 0;
  if (left instanceof TypeValue) return left.typeName === (right as TypeValue).typeName;
  if (left instanceof OptionalValue) return optionalEquals(left, right as OptionalValue, meter);
  if (left instanceof OpaqueValue) return left.equals(right);
  return false;
}

export type NumericValue = bigint | number | UintValue;

export function isNumeric(value: CelValue): value is NumericValue {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof UintValue;
}

/** Negative, zero, positive; `NaN` where one of them is NaN. Numbers of different types compare by their exact value. */
export function compareNumbers(left: NumericValue, right: NumericValue): number {
  const a = left instanceof UintValue ? left.value : left;
  const b = right instanceof UintValue ? right.value : right;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Order of strings by their code points, as in Go; JavaScript orders by UTF-16. */
export function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    const surrogates = Number(isSurrogate(a)) - Number(isSurrogate(b));
    return surrogates === 0 ? a - b : surrogates;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xe000;
}

function listEquals(left: ListValue, right: ListValue, meter: Meter): boolean {
  if (left.length !== right.length) return false;
  const { semantics } = left;
  if (semantics.type === 'atomic') {
    for (let index = 0; index < left.length; index += 1) {
      meter();
      if (!celEquals(left.at(index) as CelValue, right.at(index) as CelValue, meter)) return false;
    }
    return true;
  }
  const others = [...right];
  return [...left].every((item) =>
    others.some((other) => {
      meter();
      return celEquals(item, other, meter);
    }),
  );
}

function mapEquals(left: MapValue, right: MapValue, meter: Meter): boolean {
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    meter();
    const other = right.get(key);
    if (other === undefined || !celEquals(value, other, meter)) return false;
  }
  return true;
}

function objectEquals(left: ObjectValue, right: ObjectValue, meter: Meter): boolean {
  const names = left.names();
  if (left.typeName !== right.typeName || names.length !== right.names().length) return false;
  return names.every((name) => {
    meter();
    const a = left.get(name);
    const b = right.get(name);
    return a !== undefined && b !== undefined && celEquals(a, b, meter);
  });
}

function optionalEquals(left: OptionalValue, right: OptionalValue, meter: Meter): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return celEquals(left.value, right.value, meter);
}
