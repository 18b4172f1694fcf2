import type { Random } from './random.ts';

/** Unseeded randomness for jitter and spreading. */
export const systemRandom: Random = {
  next: () => Math.random(),
  integer: (exclusiveMax) => Math.floor(Math.random() * exclusiveMax),
};
