import { randomInt } from 'node:crypto';

const seedsCount = 1_000_000;
const fewFaults = 20;

/** `ORRERY_SEED`, or a fresh one. The same seed makes the same faults, not the same run: processes and the kernel have a will of their own. */
export function campaignSeed(): number {
  return Number(process.env.ORRERY_SEED ?? randomInt(seedsCount));
}

/** Kills, or other faults: `ORRERY_RUNS`, or few. */
export const faultsCount = Number(process.env.ORRERY_RUNS ?? fewFaults);
