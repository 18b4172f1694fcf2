import { type CelValue, OpaqueValue, OptionalValue, TypeValue, typeNameOf, UintValue } from '../values/cel-value.ts';
import { DurationValue } from '../values/duration-value.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';
import { type Meter, unmetered } from '../values/meter.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { TimestampValue } from '../values/timestamp-value.ts';
import { doubleText } from './double-text.ts';

/** Most digits behind the point that a clause may ask for. */
const precisionMax = 1_000;
const precisionDefault = 6;
const clause = /%(?:%|(?:\.(\d+))?([a-zA-Z])|[\s\S]?)/g;

/** `"%s is %d".format([…])`. Throws `CelRuntimeError` where text and arguments do not fit. */
export function formatText(text: string, args: ListValue, meter: Meter = unmetered): string {
  let used = 0;
  const result = text.replace(clause, (found, precision: string | undefined, verb: string | undefined) => {
    if (found === '%%') return '%';
    if (verb === undefined) throw new CelRuntimeError('unexpected end of string');
    const value = args.at(used);
    if (value === undefined) throw new CelRuntimeError(`index ${used} out of range`);
    used += 1;
    return clauseText(verb, precisionOf(precision), value, meter);
  });
  if (used < args.length)
    throw new CelRuntimeError(`too many arguments supplied to string.format (expected ${used}, got ${args.length})`);
  return result;
}

function precisionOf(text: string | undefined): number {
  if (text === undefined) return precisionDefault;
  const precision = Number(text);
  if (precision > precisionMax) throw new CelRuntimeError(`precision ${text} exceeds maximum of ${precisionMax}`);
  return precision;
}

function clauseText(verb: string, precision: number, value: CelValue, meter: Meter): string {
  switch (verb) {
    case 's':
      return stringText(value, meter);
    case 'd':
      return decimalText(value);
    case 'f':
      return Number.isFinite(numberOf(value, 'fixed-point'))
        ? fixedText(value, precision)
        : stringText(numberOf(value, ''));
    case 'e':
      return exponentText(numberOf(value, 'scientific notation'), precision);
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : integerOf(value, 'binary').toString(2);
    case 'x':
    case 'X':
      return verb === 'X' ? hexText(value).toUpperCase() : hexText(value);
    case 'o':
      return integerOf(value, 'octal').toString(8);
    default:
      throw new CelRuntimeError(`unrecognized formatting clause "${verb}"`);
  }
}

function stringText(value: CelValue, meter: Meter = unmetered): string {
  if (typeof value === 'object') meter();
  if (value === null) return 'null';
  if (typeof value === 'number')
    return Number.isFinite(value) || Number.isNaN(value) ? doubleText(value) : value > 0 ? '+Inf' : '-Inf';
  if (typeof value !== 'object') return String(value);
  if (value instanceof UintValue) return String(value.value);
  if (value instanceof ListValue) return `[${[...value].map((item) => stringText(item, meter)).join(', ')}]`;
  if (value instanceof MapValue) {
    const entries = [...value.entries()].map(([key, item]) => `${stringText(key)}: ${stringText(item, meter)}`);
    return `{${entries.sort().join(', ')}}`;
  }
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (value instanceof DurationValue || value instanceof TimestampValue) return value.toString();
  if (value instanceof TypeValue) return value.typeName;
  if (value instanceof OptionalValue || value instanceof OpaqueValue) throw noClause('string', value);
  throw noClause('string', value);
}

function decimalText(value: CelValue): string {
  if (typeof value === 'number') {
    if (Number.isFinite(value)) throw noClause('decimal', value);
    return stringText(value);
  }
  return integerOf(value, 'decimal').toString();
}

function integerOf(value: CelValue, clauseName: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof UintValue) return value.value;
  throw noClause(clauseName, value);
}

function numberOf(value: CelValue, clauseName: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof UintValue) return Number(value.value);
  throw noClause(clauseName, value);
}

function fixedText(value: CelValue, precision: number): string {
  const shown = numberOf(value, 'fixed-point').toFixed(Math.min(precision, 100));
  return precision > 100 ? shown + '0'.repeat(precision - 100) : shown;
}

function exponentText(value: number, precision: number): string {
  if (!Number.isFinite(value)) return stringText(value);
  const [mantissa = '', power = '+0'] = value.toExponential(Math.min(precision, 100)).split('e');
  return `${mantissa}e${power.startsWith('-') ? '-' : '+'}${power.replace(/^[+-]/, '').padStart(2, '0')}`;
}

function hexText(value: CelValue): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integerOf(value, 'hex').toString(16);
}

function noClause(clauseName: string, value: CelValue): CelRuntimeError {
  return new CelRuntimeError(`error during formatting: ${clauseName} clause cannot be used on ${typeNameOf(value)}`);
}
