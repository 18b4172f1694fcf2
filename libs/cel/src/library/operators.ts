import { type CelType, types } from '../types/cel-type.ts';
import { type CelValue, UintValue } from '../values/cel-value.ts';
import { DurationValue } from '../values/duration-value.ts';
import { celEquals, compareBytes, compareNumbers, compareStrings, isNumeric } from '../values/equality.ts';
import type { ListValue } from '../values/list-value.ts';
import { BuiltMap, isKey, type MapValue } from '../values/map-value.ts';
import type { Meter } from '../values/meter.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { TimestampValue } from '../values/timestamp-value.ts';
import { type CelLibrary, type CelOverload, fn } from './cel-function.ts';
import { int, uint } from './int-range.ts';
import { joinLists } from './join-lists.ts';

const { bool, bytes, double, duration, int: intType, string, timestamp, uint: uintType } = types;
const a = types.parameter('A');
const b = types.parameter('B');
const listOfA = types.list(a);
const mapOfAB = types.map(a, b);

/** Operators whose arguments are all evaluated first; `&&`, `||` and `?:` are the evaluator's own, and only declared here. */
export const operators: CelLibrary = [
  fn('_?_:_', 'conditional', [bool, a, a], a, ownWork),
  fn('_&&_', 'logical_and', [bool, bool], bool, ownWork),
  fn('_||_', 'logical_or', [bool, bool], bool, ownWork),
  fn('@not_strictly_false', 'not_strictly_false', [bool], bool, ownWork),
  fn('!_', 'logical_not', [bool], bool, (value: boolean) => !value),
  fn('_==_', 'equals', [a, a], bool, celEquals),
  fn(
    '_!=_',
    'not_equals',
    [a, a],
    bool,
    (left: CelValue, right: CelValue, meter: Meter) => !celEquals(left, right, meter),
  ),
  ...comparison('_<_', 'less', (order) => order < 0),
  ...comparison('_<=_', 'less_equals', (order) => order <= 0),
  ...comparison('_>_', 'greater', (order) => order > 0),
  ...comparison('_>=_', 'greater_equals', (order) => order >= 0),
  ...additions(),
  ...subtractions(),
  ...arithmetic('_*_', 'multiply', (x, y) => x * y),
  ...arithmetic('_/_', 'divide', divide),
  ...arithmetic('_%_', 'modulo', modulo).filter(({ id }) => id !== 'modulo_double'),
  fn('-_', 'negate_int64', [intType], intType, (value: bigint) => int(-value)),
  fn('-_', 'negate_double', [double], double, (value: number) => -value),
  fn('@in', 'in_list', [a, listOfA], bool, (value: CelValue, list: ListValue, meter: Meter) => {
    for (const item of list) if (celEquals(item, value, meter)) return true;
    return false;
  }),
  fn('@in', 'in_map', [a, mapOfAB], bool, (key: CelValue, map: MapValue) => map.has(key)),
  fn('_[_]', 'index_list', [listOfA, intType], a, indexList),
  fn('_[_]', 'index_map', [mapOfAB, a], b, indexMap),
  fn('cel.@mapInsert', '@mapInsert_map_map', [mapOfAB, mapOfAB], mapOfAB, (map: MapValue, more: MapValue) =>
    insertAll(map, more.entries()),
  ),
  fn(
    'cel.@mapInsert',
    '@mapInsert_map_key_value',
    [mapOfAB, a, b],
    mapOfAB,
    (map: MapValue, key: CelValue, value: CelValue) => insertAll(map, [[key, value]]),
  ),
];

/** An element by its index. Throws `CelRuntimeError`. */
export function indexList(list: ListValue, index: bigint): CelValue {
  const value = list.at(Number(index));
  if (value === undefined) throw new CelRuntimeError(`index out of bounds: ${index}`);
  return value;
}

/** A value by its key. Throws `CelRuntimeError`. */
export function indexMap(map: MapValue, key: CelValue): CelValue {
  const value = map.get(key);
  if (value === undefined) throw new CelRuntimeError(`no such key: ${keyText(key)}`);
  return value;
}

function keyText(key: CelValue): string {
  return key instanceof UintValue ? String(key.value) : String(key);
}

function ownWork(): never {
  throw new Error('the evaluator does this itself');
}

function comparison(name: string, id: string, holds: (order: number) => boolean): CelOverload[] {
  const numbers: readonly (readonly [string, CelType])[] = [
    ['int64', intType],
    ['uint64', uintType],
    ['double', double],
  ];
  const numeric = numbers.flatMap(([leftName, left]) =>
    numbers.map(([rightName, right]) => {
      const overload = leftName === rightName ? `${id}_${leftName}` : `${id}_${leftName}_${rightName}`;
      return fn(name, overload, [left, right], bool, (x: bigint, y: bigint) => holds(compareNumbers(x, y)));
    }),
  );
  const same = (suffix: string, type: CelType, compare: (x: never, y: never) => number): CelOverload =>
    fn(name, `${id}_${suffix}`, [type, type], bool, (x: never, y: never) => holds(compare(x, y)));
  const moments = (x: TimestampValue, y: TimestampValue): number =>
    x.nanos < y.nanos ? -1 : x.nanos > y.nanos ? 1 : 0;
  return [
    ...numeric,
    same('bool', bool, (x: boolean, y: boolean) => Number(x) - Number(y)),
    same('string', string, compareStrings),
    same('bytes', bytes, compareBytes),
    same('timestamp', timestamp, moments),
    same('duration', duration, moments),
  ];
}

function additions(): CelOverload[] {
  const shift = (time: TimestampValue, span: DurationValue): CelValue => new TimestampValue(time.nanos + span.nanos);
  return [
    fn('_+_', 'add_bytes', [bytes, bytes], bytes, (x: Uint8Array, y: Uint8Array) => Uint8Array.from([...x, ...y])),
    fn('_+_', 'add_double', [double, double], double, (x: number, y: number) => x + y),
    fn(
      '_+_',
      'add_duration_duration',
      [duration, duration],
      duration,
      (x: DurationValue, y: DurationValue) => new DurationValue(x.nanos + y.nanos),
    ),
    fn('_+_', 'add_duration_timestamp', [duration, timestamp], timestamp, (x: DurationValue, y: TimestampValue) =>
      shift(y, x),
    ),
    fn('_+_', 'add_timestamp_duration', [timestamp, duration], timestamp, shift),
    fn('_+_', 'add_int64', [intType, intType], intType, (x: bigint, y: bigint) => int(x + y)),
    fn('_+_', 'add_list', [listOfA, listOfA], listOfA, joinLists),
    fn('_+_', 'add_string', [string, string], string, (x: string, y: string) => x + y),
    fn('_+_', 'add_uint64', [uintType, uintType], uintType, (x: UintValue, y: UintValue) => uint(x.value + y.value)),
  ];
}

function subtractions(): CelOverload[] {
  return [
    fn('_-_', 'subtract_double', [double, double], double, (x: number, y: number) => x - y),
    fn(
      '_-_',
      'subtract_duration_duration',
      [duration, duration],
      duration,
      (x: DurationValue, y: DurationValue) => new DurationValue(x.nanos - y.nanos),
    ),
    fn('_-_', 'subtract_int64', [intType, intType], intType, (x: bigint, y: bigint) => int(x - y)),
    fn(
      '_-_',
      'subtract_timestamp_duration',
      [timestamp, duration],
      timestamp,
      (x: TimestampValue, y: DurationValue) => new TimestampValue(x.nanos - y.nanos),
    ),
    fn(
      '_-_',
      'subtract_timestamp_timestamp',
      [timestamp, timestamp],
      duration,
      (x: TimestampValue, y: TimestampValue) => new DurationValue(x.nanos - y.nanos),
    ),
    fn('_-_', 'subtract_uint64', [uintType, uintType], uintType, (x: UintValue, y: UintValue) =>
      uint(x.value - y.value),
    ),
  ];
}

/** The same operation on `int`, `uint` and `double`. */
function arithmetic(name: string, id: string, operation: (x: never, y: never) => bigint | number): CelOverload[] {
  const on = operation as (x: bigint | number, y: bigint | number) => bigint | number;
  return [
    fn(name, `${id}_int64`, [intType, intType], intType, (x: bigint, y: bigint) => int(on(x, y) as bigint)),
    fn(name, `${id}_uint64`, [uintType, uintType], uintType, (x: UintValue, y: UintValue) =>
      uint(on(x.value, y.value) as bigint),
    ),
    fn(name, `${id}_double`, [double, double], double, (x: number, y: number) => on(x, y)),
  ];
}

function divide<T extends bigint | number>(x: T, y: T): bigint | number {
  if (typeof x === 'number' || typeof y === 'number') return Number(x) / Number(y);
  if (y === 0n) throw new CelRuntimeError('division by zero');
  return x / y;
}

function modulo<T extends bigint | number>(x: T, y: T): bigint | number {
  if (typeof x === 'number' || typeof y === 'number') return Number(x) % Number(y);
  if (y === 0n) throw new CelRuntimeError('modulus by zero');
  return x % y;
}

function insertAll(map: MapValue, more: Iterable<readonly [CelValue, CelValue]>): CelValue {
  const entries = [...map.entries()];
  for (const [key, value] of more) {
    if (!isKey(key) && !isNumeric(key)) throw new CelRuntimeError('unsupported key type');
    if (map.has(key)) throw new CelRuntimeError(`insert failed: key ${keyText(key)} already exists`);
    entries.push([key, value]);
  }
  return new BuiltMap(entries);
}
