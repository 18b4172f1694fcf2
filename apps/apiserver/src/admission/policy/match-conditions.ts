import { type Activation, type CelEnvironment, types } from '@orrery/cel';
import { type Compilation, compileExpression } from './compilation.ts';
import { EvaluationBudget, ExpressionError, matchConditionsCostMax, OutOfBudgetError } from './evaluation-budget.ts';
import type { MatchCondition } from './policy-spec.ts';

/** Whether the conditions hold could not be told; the failure policy decides. The message is upstream's. */
export class MatchConditionsError extends Error {
  override readonly name = 'MatchConditionsError';
}

/** The match conditions of a webhook or a policy. */
export class MatchConditions {
  private readonly conditions: readonly Compilation[];

  constructor(conditions: readonly MatchCondition[], environment: CelEnvironment) {
    this.conditions = conditions.map(({ expression }) =>
      compileExpression(environment, expression.trim(), [types.bool]),
    );
  }

  /** Do all hold? One that does not outweighs others that fail. Throws `MatchConditionsError`. */
  match(activation: Activation): boolean {
    const budget = new EvaluationBudget(matchConditionsCostMax);
    const failures: string[] = [];
    for (const condition of this.conditions) {
      try {
        if (budget.evaluate(condition, activation) === false) return false;
      } catch (error) {
        if (error instanceof OutOfBudgetError) throw new MatchConditionsError(error.message, { cause: error });
        if (!(error instanceof ExpressionError)) throw error;
        if (!failures.includes(error.message)) failures.push(error.message);
      }
    }
    if (failures.length === 0) return true;
    throw new MatchConditionsError(failures.length === 1 ? failures[0] : `[${failures.join(', ')}]`);
  }
}
