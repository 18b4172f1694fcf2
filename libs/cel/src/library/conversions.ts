import { types } from '../types/cel-type.ts';
import { type CelValue, TypeValue, typeNameOf, type UintValue } from '../values/cel-value.ts';
import { DurationValue } from '../values/duration-value.ts';
import type { ListValue } from '../values/list-value.ts';
import type { MapValue } from '../values/map-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { TimestampValue } from '../values/timestamp-value.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';
import { doubleText } from './double-text.ts';
import { int, intOfDouble, uint, uintOfDouble } from './int-range.ts';

const { bool, bytes, double, duration, dyn, int: intType, string, timestamp, uint: uintType } = types;
const a = types.parameter('A');
const listOfA = types.list(a);
const mapOfAB = types.map(a, types.parameter('B'));
const nanosPerSecond = 1_000_000_000n;

/** From one type to another, and the size of things. */
export const conversions: CelLibrary = [
  fn('type', 'type', [a], types.type(a), (value: CelValue) => new TypeValue(typeNameOf(value))),
  fn('dyn', 'to_dyn', [a], dyn, (value: CelValue) => value),
  fn('bool', 'bool_to_bool', [bool], bool, (value: boolean) => value),
  fn('bool', 'string_to_bool', [string], bool, boolOf),
  ...toInt(),
  ...toUint(),
  ...toDouble(),
  ...toText(),
  ...toTime(),
  ...sizes('size'),
];

function boolOf(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new CelRuntimeError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function toInt(): CelLibrary {
  return [
    fn('int', 'int64_to_int64', [intType], intType, (value: bigint) => value),
    fn('int', 'double_to_int64', [double], intType, intOfDouble),
    fn('int', 'string_to_int64', [string], intType, (text: string) => int(wholeNumber(text, 'ParseInt'))),
    fn('int', 'timestamp_to_int64', [timestamp], intType, (time: TimestampValue) => time.seconds),
    fn('int', 'duration_to_int64', [duration], intType, (span: DurationValue) => span.nanos),
    fn('int', 'uint64_to_int64', [uintType], intType, ({ value }: UintValue) => int(value)),
  ];
}

function toUint(): CelLibrary {
  return [
    fn('uint', 'uint64_to_uint64', [uintType], uintType, (value: UintValue) => value),
    fn('uint', 'double_to_uint64', [double], uintType, uintOfDouble),
    fn('uint', 'int64_to_uint64', [intType], uintType, uint),
    fn('uint', 'string_to_uint64', [string], uintType, (text: string) => uint(wholeNumber(text, 'ParseUint'))),
  ];
}

function wholeNumber(text: string, parser: string): bigint {
  const allowed = parser === 'ParseInt' ? /^[+-]?\d+$/ : /^\d+$/;
  if (!allowed.test(text))
    throw new CelRuntimeError(`strconv.${parser}: parsing ${JSON.stringify(text)}: invalid syntax`);
  return BigInt(text.replace(/^\+/, ''));
}

function toDouble(): CelLibrary {
  return [
    fn('double', 'double_to_double', [double], double, (value: number) => value),
    fn('double', 'int64_to_double', [intType], double, (value: bigint) => Number(value)),
    fn('double', 'uint64_to_double', [uintType], double, ({ value }: UintValue) => Number(value)),
    fn('double', 'string_to_double', [string], double, doubleOf),
  ];
}

function doubleOf(text: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    throw new CelRuntimeError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

function toText(): CelLibrary {
  const shown = (value: { toString(): string }): string => value.toString();
  return [
    fn('string', 'string_to_string', [string], string, (value: string) => value),
    fn('string', 'bool_to_string', [bool], string, (value: boolean) => String(value)),
    fn('string', 'int64_to_string', [intType], string, (value: bigint) => String(value)),
    fn('string', 'uint64_to_string', [uintType], string, ({ value }: UintValue) => String(value)),
    fn('string', 'double_to_string', [double], string, doubleText),
    fn('string', 'timestamp_to_string', [timestamp], string, shown),
    fn('string', 'duration_to_string', [duration], string, shown),
    fn('string', 'bytes_to_string', [bytes], string, textOf),
    fn('bytes', 'bytes_to_bytes', [bytes], bytes, (value: Uint8Array) => value),
    fn('bytes', 'string_to_bytes', [string], bytes, (text: string) => new TextEncoder().encode(text)),
  ];
}

function textOf(value: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw new CelRuntimeError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

function toTime(): CelLibrary {
  return [
    fn('timestamp', 'timestamp_to_timestamp', [timestamp], timestamp, (value: TimestampValue) => value),
    fn(
      'timestamp',
      'int64_to_timestamp',
      [intType],
      timestamp,
      (seconds: bigint) => new TimestampValue(seconds * nanosPerSecond),
    ),
    fn('timestamp', 'string_to_timestamp', [string], timestamp, (text: string) => {
      const time = TimestampValue.parse(text);
      if (time === undefined)
        throw new CelRuntimeError(`parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00"`);
      return time;
    }),
    fn('duration', 'duration_to_duration', [duration], duration, (value: DurationValue) => value),
    fn('duration', 'int64_to_duration', [intType], duration, (nanos: bigint) => new DurationValue(nanos)),
    fn('duration', 'string_to_duration', [string], duration, (text: string) => {
      const span = DurationValue.parse(text);
      if (span === undefined) throw new CelRuntimeError(`time: invalid duration ${JSON.stringify(text)}`);
      return span;
    }),
  ];
}

function sizes(name: string): CelLibrary {
  const both = (id: string, type: typeof string, count: (value: never) => bigint): CelLibrary => [
    fn(name, `size_${id}`, [type], intType, count),
    method(name, `${id}_size`, [type], intType, count),
  ];
  return [
    ...both('string', string, (text: string) => BigInt(lengthOf(text))),
    ...both('bytes', bytes, (value: Uint8Array) => BigInt(value.length)),
    ...both('list', listOfA, (list: ListValue) => BigInt(list.length)),
    ...both('map', mapOfAB, (map: MapValue) => BigInt(map.size)),
  ];
}

/** Code points of a string: CEL's length. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length - 1; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit < 0xdc00) {
      length -= 1;
      index += 1;
    }
  }
  return length;
}
