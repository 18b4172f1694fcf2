import { CostExceededError } from '../values/runtime-errors.ts';

/** Costs that one evaluation, or several that share it, may run up. Units are cel-go's: about 50 ns each. */
export class CostBudget {
  private used = 0;

  constructor(readonly limit: number) {}

  get spent(): number {
    return Math.floor(this.used);
  }

  get remaining(): number {
    return Math.max(0, this.limit - this.spent);
  }

  /** Throws `CostExceededError` once more is spent than allowed. */
  spend(cost: number): void {
    this.used += cost;
    if (this.used > this.limit) throw new CostExceededError();
  }
}
