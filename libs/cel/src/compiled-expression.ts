import type { CheckedExpression } from './checker/checked-expression.ts';
import type { CostBudget } from './cost/cost-budget.ts';
import { type CostEstimate, estimateCost } from './cost/cost-estimate.ts';
import { type Activation, type Constants, Evaluator } from './evaluator/evaluator.ts';
import { type CelType, types } from './types/cel-type.ts';
import type { CelValue } from './values/cel-value.ts';

/** An expression that can be evaluated, any number of times. */
export class CompiledExpression {
  private estimate: CostEstimate | undefined;

  constructor(
    readonly source: string,
    private readonly checked: CheckedExpression,
    private readonly constants: Constants,
  ) {}

  /** `dyn` where it is known only when the expression runs. */
  get resultType(): CelType {
    return this.checked.types.get(this.checked.root.id) ?? types.dyn;
  }

  /** What one evaluation may cost with the largest values that the types of its variables allow; `max` is `Infinity` where nothing bounds it. */
  estimateCost(): CostEstimate {
    this.estimate ??= estimateCost(this.checked);
    return this.estimate;
  }

  /** Names of the declared variables that the expression reads. */
  variables(): ReadonlySet<string> {
    return new Set(this.checked.variables.values());
  }

  /** Throws `CelRuntimeError`, and `CostExceededError` once `budget` is used up. */
  evaluate(activation: Activation, budget: CostBudget): CelValue {
    return new Evaluator(this.checked, activation, this.constants, budget).run();
  }
}
