import { parseTime } from '@orrery/runtime';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/**
 * A duration the way `kubectl get` shows ages: at most two units, coarser the longer it is (`5m30s`, `3d4h`, `2y10d`). A clock that
 * runs a second behind gives `0s`; further in the future is `<invalid>`.
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / second);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(durationMs / minute);
  if (minutes < 10) return withRest(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(durationMs / hour);
  if (hours < 8) return withRest(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return withRest(Math.trunc(hours / 24), 'd', hours % 24, 'h');
  if (hours < 2 * 365 * 24) return `${Math.trunc(hours / 24)}d`;
  const years = Math.trunc(durationMs / year);
  if (years < 8) return withRest(years, 'y', Math.trunc(hours / 24) % 365, 'd');
  return `${years}y`;
}

/** The age of a timestamp of the API at `nowMs`, or `<unknown>` where the object has none. */
export function ageOf(timestamp: string | undefined | null, nowMs: number): string {
  const thenMs = timestamp ? parseTime(timestamp) : undefined;
  return thenMs === undefined ? '<unknown>' : humanDuration(nowMs - thenMs);
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole}${unit}` : `${whole}${unit}${rest}${restUnit}`;
}
