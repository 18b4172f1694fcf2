import { type CelType, types } from '../types/cel-type.ts';
import { type CelValue, UintValue } from '../values/cel-value.ts';
import { DurationValue } from '../values/duration-value.ts';
import { celEquals, compareBytes, compareNumbers, compareStrings, isNumeric } from '../values/equality.ts';
import type { ListValue } from '../values/list-value.ts';
import type { Meter } from '../values/meter.ts';
import { CelRuntimeError, noSuchOverload } from '../values/runtime-errors.ts';
import { TimestampValue } from '../values/timestamp-value.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';
import { int, uint } from './int-range.ts';

const { bool, bytes, double, duration, int: intType, string, timestamp, uint: uintType } = types;
const a = types.parameter('A');
const listOfA = types.list(a);
const comparable: readonly (readonly [string, CelType])[] = [
  ['int', intType],
  ['uint', uintType],
  ['double', double],
  ['bool', bool],
  ['duration', duration],
  ['timestamp', timestamp],
  ['string', string],
  ['bytes', bytes],
];
const summable: readonly (readonly [string, CelType, CelValue])[] = [
  ['int', intType, 0n],
  ['uint', uintType, new UintValue(0n)],
  ['double', double, 0],
  ['duration', duration, new DurationValue(0n)],
];

/** Kubernetes' lists and cel-go's sets. */
export const listFunctions: CelLibrary = [
  ...comparable.flatMap(([name, type]) => [
    method('isSorted', `list_${name}_is_sorted_bool`, [types.list(type)], bool, isSorted),
    method('min', `list_${name}_min_${name}`, [types.list(type)], type, (list: ListValue) => extreme(list, 'min')),
    method('max', `list_${name}_max_${name}`, [types.list(type)], type, (list: ListValue) => extreme(list, 'max')),
  ]),
  ...summable.map(([name, type, zero]) =>
    method('sum', `list_${name}_sum_${name}`, [types.list(type)], type, (list: ListValue) =>
      [...list].reduce(plus, zero),
    ),
  ),
  method('indexOf', 'list_a_index_of_int', [listOfA, a], intType, (list: ListValue, value: CelValue, meter: Meter) =>
    BigInt([...list].findIndex((item) => celEquals(item, value, meter))),
  ),
  method(
    'lastIndexOf',
    'list_a_last_index_of_int',
    [listOfA, a],
    intType,
    (list: ListValue, value: CelValue, meter: Meter) =>
      BigInt([...list].findLastIndex((item) => celEquals(item, value, meter))),
  ),
  fn('sets.contains', 'list_sets_contains_list', [listOfA, listOfA], bool, containsAll),
  fn(
    'sets.equivalent',
    'list_sets_equivalent_list',
    [listOfA, listOfA],
    bool,
    (left: ListValue, right: ListValue, meter: Meter) =>
      containsAll(left, right, meter) && containsAll(right, left, meter),
  ),
  fn(
    'sets.intersects',
    'list_sets_intersects_list',
    [listOfA, listOfA],
    bool,
    (left: ListValue, right: ListValue, meter: Meter) => [...left].some((item) => contains(right, item, meter)),
  ),
];

function isSorted(list: ListValue): boolean {
  const values = [...list];
  return values.every((value, index) => index === 0 || compare(values[index - 1] as CelValue, value) <= 0);
}

function extreme(list: ListValue, which: 'min' | 'max'): CelValue {
  let found: CelValue | undefined;
  for (const value of list) {
    if (found === undefined) found = value;
    else if (which === 'min' ? compare(value, found) < 0 : compare(value, found) > 0) found = value;
  }
  if (found === undefined) throw new CelRuntimeError(`${which} called on empty list`);
  return found;
}

function plus(left: CelValue, right: CelValue): CelValue {
  if (typeof left === 'bigint' && typeof right === 'bigint') return int(left + right);
  if (left instanceof UintValue && right instanceof UintValue) return uint(left.value + right.value);
  if (left instanceof DurationValue && right instanceof DurationValue)
    return new DurationValue(left.nanos + right.nanos);
  if (left === 0n && isSummable(right)) return right;
  if (typeof left === 'number' && typeof right === 'number') return left + right;
  throw noSuchOverload();
}

/** A list of unknown type is taken for one of ints; its first element may tell otherwise. */
function isSummable(value: CelValue): boolean {
  return typeof value === 'number' || value instanceof UintValue || value instanceof DurationValue;
}

function compare(left: CelValue, right: CelValue): number {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return compareStrings(left, right);
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right);
  if (left instanceof TimestampValue && right instanceof TimestampValue) return Number(left.nanos - right.nanos);
  if (left instanceof DurationValue && right instanceof DurationValue) return Number(left.nanos - right.nanos);
  throw noSuchOverload();
}

function containsAll(list: ListValue, wanted: ListValue, meter: Meter): boolean {
  return [...wanted].every((item) => contains(list, item, meter));
}

function contains(list: ListValue, wanted: CelValue, meter: Meter): boolean {
  for (const item of list) if (celEquals(item, wanted, meter)) return true;
  return false;
}
