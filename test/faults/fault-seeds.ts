/** The seeds of a test of faults: `few`, or as many as `ORRERY_RUNS` says, from `ORRERY_SEED` on. A failing test's name has its seed. */
export function faultSeeds(few: readonly number[]): number[] {
  const { ORRERY_SEED: first, ORRERY_RUNS: runs } = process.env;
  if (first === undefined && runs === undefined) return [...few];
  const from = Number(first ?? few[0]);
  return Array.from({ length: Number(runs ?? 1) }, (_, index) => from + index);
}
