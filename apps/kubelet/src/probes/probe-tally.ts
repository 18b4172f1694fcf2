import type { Probe } from '@orrery/api';
import type { ProbeVerdict } from '../pod-lifecycle/plan-pod.ts';

/** Counts a probe's results until a threshold is reached; a pure value. */
export interface ProbeTally {
  readonly verdict: ProbeVerdict;
  readonly last: 'success' | 'failure' | undefined;
  /** How often `last` came in a row. */
  readonly run: number;
}

export const emptyTally: ProbeTally = { verdict: 'unknown', last: undefined, run: 0 };

/** The tally after one more result. */
export function counted(tally: ProbeTally, result: 'success' | 'failure', probe: Probe): ProbeTally {
  const run = tally.last === result ? tally.run + 1 : 1;
  const threshold = result === 'success' ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { verdict: run >= threshold ? result : tally.verdict, last: result, run };
}
