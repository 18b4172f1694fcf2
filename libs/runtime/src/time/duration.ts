import type { Milliseconds } from './clock.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a duration written as Go writes it (`1h30m`, `1.5s`, `250ms`, `-2m`, `0`), or `undefined` where it is none. */
export function parseDuration(text: string): Milliseconds | undefined {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/.test(rest)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return sign === '-' ? -sum : sum;
}

/** A duration as Go prints it, which is how upstream's events and fields show one: `1h0m0s`, `5m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration === 0) return '0s';
  const sign = duration < 0 ? '-' : '';
  const ms = Math.abs(duration);
  if (ms < 1) return `${sign}${Math.round(ms * 1_000)}µs`;
  if (ms < 1_000) return `${sign}${trimmed(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = `${trimmed((ms % 60_000) / 1_000)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(6)));
}
