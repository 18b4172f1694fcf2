import type { Milliseconds } from '@orrery/runtime';

/** Memory of one container's restarts. Upstream's rule: the first restart is at once, then 10 s, doubling up to 5 minutes. */
export interface BackOffEntry {
  readonly delay: Milliseconds;
  /** When the last restart happened. */
  readonly restartedAt: Milliseconds;
}

export interface BackOffLimits {
  readonly initial: Milliseconds;
  readonly max: Milliseconds;
}

export const crashLoopLimits: BackOffLimits = { initial: 10_000, max: 300_000 };
export const imagePullLimits: BackOffLimits = { initial: 10_000, max: 300_000 };

/** When something that failed at `failedAt` may be tried again; `undefined`: now. A quiet time of twice the maximum forgets the past. */
export function retryAt(
  entry: BackOffEntry | undefined,
  failedAt: Milliseconds,
  now: Milliseconds,
  limits: BackOffLimits = crashLoopLimits,
): Milliseconds | undefined {
  if (!entry || hasExpired(entry, failedAt, limits)) return undefined;
  const at = failedAt + entry.delay;
  return at > now ? at : undefined;
}

/** The memory after a try at `now` of what had failed at `failedAt`. */
export function afterRetry(
  entry: BackOffEntry | undefined,
  failedAt: Milliseconds,
  now: Milliseconds,
  limits: BackOffLimits = crashLoopLimits,
): BackOffEntry {
  if (!entry || hasExpired(entry, failedAt, limits)) return { delay: limits.initial, restartedAt: now };
  return { delay: Math.min(entry.delay * 2, limits.max), restartedAt: now };
}

/** Go's way of printing whole seconds: `10s`, `1m20s`, `5m0s`. */
export function durationText(duration: Milliseconds): string {
  const seconds = Math.floor(duration / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m${seconds % 60}s`;
}

function hasExpired(entry: BackOffEntry, failedAt: Milliseconds, limits: BackOffLimits): boolean {
  return failedAt - entry.restartedAt > limits.max * 2;
}
