import { type Activation, CelRuntimeError, type CelValue, CostBudget } from '@orrery/cel';
import type { Compilation } from './compilation.ts';

/** Upstream's limits, in cost units: one expression, all expressions of one policy, the match conditions of one policy or webhook. */
const expressionCostMax = 1_000_000;
export const policyCostMax = 10_000_000;
export const matchConditionsCostMax = 2_500_000;

/** All expressions together have become too expensive: none of the others is evaluated. */
export class OutOfBudgetError extends Error {
  override readonly name = 'OutOfBudgetError';

  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

/** An expression has failed; the message is upstream's. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Evaluates expressions that pay from one purse. */
export class EvaluationBudget {
  private spent = 0;

  constructor(private readonly costMax: number) {}

  /** Throws `ExpressionError`, `OutOfBudgetError`. */
  evaluate({ source, expression, problem }: Compilation, activation: Activation): CelValue {
    if (expression === undefined) throw new ExpressionError(`compilation error: ${problem}`);
    const budget = new CostBudget(expressionCostMax);
    let failure: CelRuntimeError | undefined;
    let value: CelValue = null;
    try {
      value = expression.evaluate(activation, budget);
    } catch (error) {
      if (!(error instanceof CelRuntimeError)) throw error;
      failure = error;
    }
    this.spent += budget.spent;
    if (this.spent > this.costMax) throw new OutOfBudgetError();
    if (failure === undefined) return value;
    throw new ExpressionError(`expression '${source}' resulted in error: ${failure.message}`, { cause: failure });
  }
}
