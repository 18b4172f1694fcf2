import { CelRuntimeError } from './runtime-errors.ts';

const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
const secondsMin = -62_135_596_800n;
const secondsMax = 253_402_300_799n;
const nanosPerSecond = 1_000_000_000n;

/** Parts of a moment in a time zone, months and weekdays counted from 0. */
export interface CalendarParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly weekday: number;
}

/** A moment in nanoseconds since 1970, between the years 1 and 9999. */
export class TimestampValue {
  readonly kind = 'timestamp';

  /** Throws `CelRuntimeError` outside of the years 1 to 9999. */
  constructor(readonly nanos: bigint) {
    const seconds = nanos / nanosPerSecond;
    if (seconds < secondsMin || seconds > secondsMax) throw new CelRuntimeError('timestamp out of range');
  }

  /** RFC 3339; `undefined` for other texts. */
  static parse(text: string): TimestampValue | undefined {
    const match = shape.exec(text);
    if (match === null) return undefined;
    const [, year, month, day, hours, minutes, seconds, fraction = '', zone = 'Z'] = match;
    const days = daysSinceEpoch(Number(year), Number(month), Number(day));
    if (days === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
    const clock = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    const offset = zoneOffset(zone);
    if (offset === undefined) return undefined;
    const total = BigInt(days * 86_400 + clock - offset);
    if (total < secondsMin || total > secondsMax) return undefined;
    return new TimestampValue(total * nanosPerSecond + BigInt(fraction.padEnd(9, '0')));
  }

  get seconds(): bigint {
    return floorDivide(this.nanos, nanosPerSecond);
  }

  /** Nanoseconds behind the whole second, from 0. */
  get nanosOfSecond(): number {
    return Number(this.nanos - this.seconds * nanosPerSecond);
  }

  /** `zone` is `UTC`, `+02:00` or a name of the IANA database. Throws `CelRuntimeError` for others. */
  parts(zone: string): CalendarParts {
    const fixed = zone === '' || zone === 'UTC' ? 0 : zoneOffset(/^[+-]/.test(zone) ? zone : `+${zone}`);
    const seconds = Number(this.seconds) + (fixed ?? namedOffset(zone, this.seconds));
    return partsOf(seconds);
  }

  /** RFC 3339 in UTC. */
  toString(): string {
    const { year, month, day, hours, minutes, seconds } = this.parts('UTC');
    const fraction = String(this.nanosOfSecond).padStart(9, '0').replace(/0+$/, '');
    const date = `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)}`;
    return `${date}T${two(hours)}:${two(minutes)}:${two(seconds)}${fraction === '' ? '' : `.${fraction}`}Z`;
  }
}

function partsOf(seconds: number): CalendarParts {
  const days = Math.floor(seconds / 86_400);
  const clock = seconds - days * 86_400;
  return {
    ...dateOf(days),
    hours: Math.floor(clock / 3_600),
    minutes: Math.floor(clock / 60) % 60,
    seconds: clock % 60,
    weekday: (((days + 4) % 7) + 7) % 7,
  };
}

/** Days since 1970-01-01 of a date of the Gregorian calendar; `undefined` for a date that is none. */
export function daysSinceEpoch(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = (monthFromMarch + 2) % 12;
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 1 ? 1 : 0), month, day };
}

function daysOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function zoneOffset(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const match = /^([+-])(\d{1,2}):(\d\d)$/.exec(zone);
  if (match === null) return undefined;
  const seconds = (Number(match[2]) * 60 + Number(match[3])) * 60;
  return match[1] === '-' ? -seconds : seconds;
}

function namedOffset(zone: string, seconds: bigint): number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  } catch {
    throw new CelRuntimeError(`unknown time zone ${zone}`);
  }
  const name =
    format.formatToParts(Number(seconds) * 1_000).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const match = /([+-]\d\d:\d\d)(?::(\d\d))?$/.exec(name);
  return match === null ? 0 : (zoneOffset(match[1] ?? '') ?? 0);
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
