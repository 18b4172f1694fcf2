import type { PriorityLevelConfiguration } from '@orrery/api';

/** Seats of one priority level. */
export interface ConcurrencyLimits {
  readonly nominal: number;
  /** What the others cannot borrow. */
  readonly min: number;
  /** With what it may borrow; `Infinity` without a limit. */
  readonly max: number;
}

const sharesDefault = 30;
/** Precision of the fair proportion, and the steps that reach it. */
const proportionSteps = 50;

/** Divides the server's seats by the levels' shares, as upstream does: rounded up, so the sum may be a little more. */
export function concurrencyLimits(
  levels: readonly PriorityLevelConfiguration[],
  serverSeats: number,
): Map<string, ConcurrencyLimits> {
  const total = levels.reduce((sum, level) => sum + sharesOf(level), 0);
  const limits = new Map<string, ConcurrencyLimits>();
  for (const level of levels) {
    const nominal = total === 0 ? 0 : Math.ceil((serverSeats * sharesOf(level)) / total);
    const { lendablePercent = 0, borrowingLimitPercent } = { borrowingLimitPercent: undefined, ...settingsOf(level) };
    const lendable = Math.round((nominal * lendablePercent) / 100);
    const borrowing =
      borrowingLimitPercent === undefined
        ? Number.POSITIVE_INFINITY
        : Math.round((nominal * borrowingLimitPercent) / 100);
    limits.set(level.metadata.name, { nominal, min: nominal - lendable, max: nominal + borrowing });
  }
  return limits;
}

function settingsOf({ spec }: PriorityLevelConfiguration) {
  return spec.type === 'Exempt' ? spec.exempt : spec.limited;
}

function sharesOf(level: PriorityLevelConfiguration): number {
  const isExempt = level.spec.type === 'Exempt';
  return settingsOf(level)?.nominalConcurrencyShares ?? (isExempt ? 0 : sharesDefault);
}

/** A level that takes part in lending and borrowing. */
export interface SeatClaim {
  readonly min: number;
  readonly max: number;
  /** Seats that its requests have lately wanted. */
  readonly demand: number;
}

/**
 * Divides `seats` among levels: each gets the same proportion of what it wants, but never less than its `min` nor more than its `max`. A level always gets what
 * it wants of its `min`.
 */
export function allocateSeats(claims: readonly SeatClaim[], seats: number): number[] {
  const sumAt = (proportion: number): number =>
    claims.reduce((sum, claim) => sum + allocated(claim, seats, proportion), 0);
  let low = 0;
  let high = 1;
  while (sumAt(high) < seats && high < seats) high *= 2;
  for (let step = 0; step < proportionSteps; step += 1) {
    const middle = (low + high) / 2;
    if (sumAt(middle) <= seats) low = middle;
    else high = middle;
  }
  return claims.map((claim) => Math.max(1, Math.round(allocated(claim, seats, low))));
}

function allocated({ min, max, demand }: SeatClaim, seats: number, proportion: number): number {
  // An idle level wants a little, so that seats nobody wants are not lost.
  return Math.min(Math.min(max, seats), Math.max(min, Math.max(demand, 1) * proportion));
}
