import { types } from '../types/cel-type.ts';
import type { DurationValue } from '../values/duration-value.ts';
import { type CalendarParts, daysSinceEpoch, type TimestampValue } from '../values/timestamp-value.ts';
import { type CelLibrary, method } from './cel-function.ts';

const { duration, int, string, timestamp } = types;

/** Parts of timestamps, in UTC or in a named zone, and of durations. */
export const timeFunctions: CelLibrary = [
  ...part('getFullYear', 'timestamp_to_year', ({ year }) => year),
  ...part('getMonth', 'timestamp_to_month', ({ month }) => month),
  ...part('getDate', 'timestamp_to_day_of_month_1_based', ({ day }) => day),
  ...part('getDayOfMonth', 'timestamp_to_day_of_month', ({ day }) => day - 1),
  ...part('getDayOfWeek', 'timestamp_to_day_of_week', ({ weekday }) => weekday),
  ...part('getDayOfYear', 'timestamp_to_day_of_year', dayOfYear),
  ...part('getHours', 'timestamp_to_hours', ({ hours }) => hours),
  ...part('getMinutes', 'timestamp_to_minutes', ({ minutes }) => minutes),
  ...part('getSeconds', 'timestamp_to_seconds', ({ seconds }) => seconds),
  ...part('getMilliseconds', 'timestamp_to_milliseconds', (_parts, time) => Math.floor(time.nanosOfSecond / 1_000_000)),
  span('getHours', 'duration_to_hours', (nanos) => nanos / 3_600_000_000_000n),
  span('getMinutes', 'duration_to_minutes', (nanos) => nanos / 60_000_000_000n),
  span('getSeconds', 'duration_to_seconds', (nanos) => nanos / 1_000_000_000n),
  span('getMilliseconds', 'duration_to_milliseconds', (nanos) => (nanos / 1_000_000n) % 1_000n),
];

function part(name: string, id: string, of: (parts: CalendarParts, time: TimestampValue) => number): CelLibrary {
  return [
    method(name, id, [timestamp], int, (time: TimestampValue) => BigInt(of(time.parts('UTC'), time))),
    method(name, `${id}_with_tz`, [timestamp, string], int, (time: TimestampValue, zone: string) =>
      BigInt(of(time.parts(zone), time)),
    ),
  ];
}

function span(name: string, id: string, of: (nanos: bigint) => bigint): CelLibrary[number] {
  return method(name, id, [duration], int, ({ nanos }: DurationValue) => of(nanos));
}

function dayOfYear({ year, month, day }: CalendarParts): number {
  return (daysSinceEpoch(year, month + 1, day) ?? 0) - (daysSinceEpoch(year, 1, 1) ?? 0);
}
