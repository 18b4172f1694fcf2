import {
  type Activation,
  type CelEnvironment,
  CelRuntimeError,
  type CelType,
  type CelValue,
  ObjectValue,
  objectType,
  types,
} from '@orrery/cel';
import { type Compilation, compileExpression } from './compilation.ts';
import { type EvaluationBudget, ExpressionError } from './evaluation-budget.ts';
import type { Variable } from './policy-spec.ts';

const variablesTypeName = 'kubernetes.variables';

/** The variables of a policy: each may use those before it, and is evaluated when it is first used. */
export class PolicyVariables {
  private readonly compilations = new Map<string, Compilation>();
  private readonly fieldTypes: Record<string, CelType> = {};
  /** With `variables` declared. */
  readonly environment: CelEnvironment;

  constructor(variables: readonly Variable[], base: CelEnvironment) {
    for (const { name, expression } of variables) {
      const compilation = compileExpression(this.extended(base), expression);
      this.compilations.set(name, compilation);
      this.fieldTypes[name] = compilation.expression?.resultType ?? types.dyn;
    }
    this.environment = this.extended(base);
  }

  /** What is wrong with each variable that does not compile, by name. */
  problems(): ReadonlyMap<string, Compilation> {
    return new Map([...this.compilations].filter(([, { expression }]) => expression === undefined));
  }

  /** The activation with `variables`; what they cost is paid from `budget`. */
  bind(activation: Activation, budget: EvaluationBudget): Activation {
    const known = new Map<string, CelValue>();
    const fieldOf = (name: string): CelValue | undefined => {
      const compilation = this.compilations.get(name);
      if (compilation === undefined) return undefined;
      const value = known.get(name) ?? evaluate(name, compilation, bound, budget);
      known.set(name, value);
      return value;
    };
    const variables = new ObjectValue(variablesTypeName, () => this.compilations.keys(), fieldOf);
    const bound: Activation = { ...activation, variables };
    return bound;
  }

  private extended(base: CelEnvironment): CelEnvironment {
    const fields = { ...this.fieldTypes };
    return base.with({ variables: objectType(variablesTypeName, () => fields) });
  }
}

function evaluate(name: string, compilation: Compilation, activation: Activation, budget: EvaluationBudget): CelValue {
  const { expression, problem, source } = compilation;
  if (expression === undefined) {
    throw new CelRuntimeError(`composited variable ${JSON.stringify(name)} fails to compile: ${problem}`);
  }
  try {
    return budget.evaluate(compilation, activation);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const reason = error.message.slice(`expression '${source}' resulted in error: `.length);
    throw new CelRuntimeError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${reason}`, {
      cause: error,
    });
  }
}
