import type { Milliseconds } from './clock.ts';

/** RFC 3339 with whole seconds (`2026-01-02T03:04:05Z`), the form of `metav1.Time`. */
export function formatTime(at: Milliseconds): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds (`2026-01-02T03:04:05.678000Z`), the form of `metav1.MicroTime`. */
export function formatMicroTime(at: Milliseconds): string {
  return `${new Date(at).toISOString().slice(0, 23)}000Z`;
}

/** The form of dates in HTTP headers: `Fri, 02 Jan 2026 03:04:05 GMT`. */
export function formatHttpDate(at: Milliseconds): string {
  return new Date(at).toUTCString();
}

/** Milliseconds since the epoch of an RFC 3339 text, or `undefined` where it is none. */
export function parseTime(text: string): Milliseconds | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
