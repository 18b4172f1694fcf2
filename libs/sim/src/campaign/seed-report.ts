import type { StorageRun } from '../storage/run-storage.ts';

/** A `StorageRun` that can cross process borders. */
export interface SeedReport {
  readonly seed: number;
  /** Undefined: every promise was kept. */
  readonly violation: string | undefined;
  readonly digest: string;
  readonly story: readonly string[];
  readonly simulatedMs: number;
  readonly operations: number;
  readonly answered: number;
  readonly revisions: number;
  readonly faults: number;
  readonly undecided: number;
  /** CPU time that the run cost. */
  readonly cpuMs: number;
}

/** What a worker is asked for. */
export interface SeedOrder {
  readonly seed: number;
  readonly safetyMs: number;
}

export function seedReport(run: StorageRun, cpuMs: number): SeedReport {
  const { violation, story, ...facts } = run;
  return {
    ...facts,
    violation: violation === undefined ? undefined : `${violation.message}\n${stackOf(violation)}`,
    story: violation === undefined ? [] : story,
    cpuMs,
  };
}

function stackOf(error: Error): string {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .join('\n');
}
