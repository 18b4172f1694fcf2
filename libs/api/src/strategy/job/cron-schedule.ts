/** A text that is no schedule. The message is that of upstream's cron library. */
export class CronScheduleError extends Error {
  override readonly name = 'CronScheduleError';
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const fieldBounds: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];
const descriptors = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const everyPrefix = '@every ';
const duration = /^[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

/** Checks minute, hour, day of the month, month and day of the week, or a descriptor like `@daily`. Throws `CronScheduleError`. */
export function checkCronSchedule(text: string): void {
  const schedule = withoutTimeZone(text);
  if (schedule.startsWith('@')) checkDescriptor(schedule);
  else checkFields(schedule);
}

/** An IANA name that this machine knows. */
export function isKnownTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function withoutTimeZone(text: string): string {
  const match = /^(?:CRON_)?TZ=(\S*)\s+(.*)$/s.exec(text);
  if (!match) return text;
  const [, zone = '', rest = ''] = match;
  if (!isKnownTimeZone(zone)) {
    throw new CronScheduleError(`provided bad location ${zone}: unknown time zone ${zone}`);
  }
  return rest.trim();
}

function checkFields(schedule: string): void {
  const fields = schedule.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== fieldBounds.length) {
    throw new CronScheduleError(
      `expected exactly ${fieldBounds.length} fields, found ${fields.length}: [${fields.join(' ')}]`,
    );
  }
  for (const [i, bounds] of fieldBounds.entries()) {
    for (const range of (fields[i] ?? '').split(',').filter((part) => part !== '')) checkRange(range, bounds);
  }
}

function checkDescriptor(text: string): void {
  if (descriptors.includes(text)) return;
  if (!text.startsWith(everyPrefix)) throw new CronScheduleError(`unrecognized descriptor: ${text}`);
  const every = text.slice(everyPrefix.length);
  if (duration.test(every)) return;
  throw new CronScheduleError(`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(every)}`);
}

function checkRange(range: string, bounds: Bounds): void {
  const [span = '', stepText, ...more] = range.split('/');
  const limits = span.split('-');
  const { start, end } = limitsOf(limits, range, bounds);
  if (more.length > 0) throw new CronScheduleError(`too many slashes: ${range}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  const last = stepText !== undefined && limits.length === 1 ? bounds.max : end;
  if (start < bounds.min) {
    throw new CronScheduleError(`beginning of range (${start}) below minimum (${bounds.min}): ${range}`);
  }
  if (last > bounds.max) {
    throw new CronScheduleError(`end of range (${last}) above maximum (${bounds.max}): ${range}`);
  }
  if (start > last) {
    throw new CronScheduleError(`beginning of range (${start}) beyond end of range (${last}): ${range}`);
  }
  if (step === 0) throw new CronScheduleError(`step of range should be a positive number: ${range}`);
}

function limitsOf([low = '', high, ...more]: readonly string[], range: string, bounds: Bounds) {
  if (low === '*' || low === '?') return { start: bounds.min, end: bounds.max };
  const start = parseNumberOrName(low, bounds);
  if (more.length > 0) throw new CronScheduleError(`too many hyphens: ${range}`);
  return { start, end: high === undefined ? start : parseNumberOrName(high, bounds) };
}

function parseNumberOrName(text: string, { names, min }: Bounds): number {
  const index = names.indexOf(text.toLowerCase());
  return index >= 0 ? index + min : parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    const shown = JSON.stringify(text);
    throw new CronScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${shown}: invalid syntax`);
  }
  const number = Number(text);
  if (number < 0) throw new CronScheduleError(`negative number (${number}) not allowed: ${text}`);
  return number;
}
