import type { CelOverload } from '../library/cel-function.ts';
import type { Expression } from '../syntax/expression.ts';
import type { CelType } from '../types/cel-type.ts';

/** An expression of which the checker knows the types. Maps go by the ids of nodes. */
export interface CheckedExpression {
  readonly root: Expression;
  readonly types: ReadonlyMap<number, CelType>;
  /** Overloads that a call may turn out to mean; more than one where its arguments are dynamic. */
  readonly overloads: ReadonlyMap<number, readonly CelOverload[]>;
  /** Nodes that name a variable as a whole: `x`, and `a.b` where a variable of that name is declared. */
  readonly variables: ReadonlyMap<number, string>;
  /** Calls whose target is part of the function's name: `sets.contains(…)`. */
  readonly namespaced: ReadonlySet<number>;
}
