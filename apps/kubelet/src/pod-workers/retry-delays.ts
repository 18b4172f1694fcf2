import type { Milliseconds } from '@orrery/runtime';

const delayMin: Milliseconds = 500;
const delayMax: Milliseconds = 10_000;

/** How long to wait before a step that failed is tried again: longer with every failure in a row. */
export class RetryDelays<Step extends string> {
  private readonly failures = new Map<Step, number>();

  failed(step: Step): Milliseconds {
    const failures = (this.failures.get(step) ?? 0) + 1;
    this.failures.set(step, failures);
    return Math.min(delayMin * 2 ** (failures - 1), delayMax);
  }

  succeeded(step: Step): void {
    this.failures.delete(step);
  }
}
