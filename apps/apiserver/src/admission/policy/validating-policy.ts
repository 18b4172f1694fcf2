import type { ValidatingAdmissionPolicy } from '@orrery/api';
import { type Activation, type CelEnvironment, type CelValue, typeNameOf, types } from '@orrery/cel';
import { type Compilation, compileExpression } from './compilation.ts';
import { EvaluationBudget, ExpressionError, OutOfBudgetError, policyCostMax } from './evaluation-budget.ts';
import { expressionEnvironment } from './expression-environment.ts';
import { MatchConditions, MatchConditionsError } from './match-conditions.ts';
import type { AuditAnnotation, Validation } from './policy-spec.ts';
import { PolicyVariables } from './policy-variables.ts';

/** Longest text that a message expression may give, in bytes. */
const messageBytesMax = 5 * 1024;

/** A validation that refuses, or that could not be evaluated. */
export interface Refusal {
  /** Place among the policy's validations. */
  readonly index: number;
  readonly message: string;
  /** Of the `Status`; `''` where the policy says none. */
  readonly reason: string;
  /** The validation itself has failed, not what it looked at. */
  readonly failed?: boolean;
}

/** What a policy says of one request with one parameter. */
export interface Verdict {
  readonly refusals: readonly Refusal[];
  /** Values for the audit event by key. */
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
  /** Annotations that could not be made: with the failure policy `Fail` they refuse the request. */
  readonly annotationErrors: readonly string[];
}

interface CompiledValidation {
  readonly validation: Validation;
  readonly expression: Compilation;
  readonly message: Compilation | undefined;
}

const nothing: Verdict = { refusals: [], annotations: [], annotationErrors: [] };

/** A ValidatingAdmissionPolicy with its expressions compiled. */
export class ValidatingPolicy {
  private readonly variables: PolicyVariables;
  private readonly conditions: MatchConditions;
  private readonly validations: readonly CompiledValidation[];
  private readonly annotations: readonly { readonly annotation: AuditAnnotation; readonly value: Compilation }[];

  constructor(readonly policy: ValidatingAdmissionPolicy) {
    const { variables = [], matchConditions = [], validations = [], auditAnnotations = [], paramKind } = policy.spec;
    const hasParams = paramKind !== undefined;
    this.variables = new PolicyVariables(variables, expressionEnvironment({ hasParams, hasAuthorizer: true }));
    const { environment } = this.variables;
    this.conditions = new MatchConditions(matchConditions, expressionEnvironment({ hasParams, hasAuthorizer: true }));
    this.validations = validations.map((validation) => compiledValidation(validation, environment));
    this.annotations = auditAnnotations.map((annotation) => ({
      annotation,
      value: compileExpression(environment, annotation.valueExpression.trim(), [types.string, types.null]),
    }));
  }

  get failsOpen(): boolean {
    return this.policy.spec.failurePolicy === 'Ignore';
  }

  evaluate(activation: Activation): Verdict {
    try {
      if (!this.conditions.match(activation)) return nothing;
      const budget = new EvaluationBudget(policyCostMax);
      const refusals = this.refusals(this.variables.bind(activation, budget), budget);
      return { refusals, ...this.audit(activation) };
    } catch (error) {
      if (!(error instanceof MatchConditionsError) && !(error instanceof OutOfBudgetError)) throw error;
      return { ...nothing, refusals: this.failed(0, error.message) };
    }
  }

  private refusals(activation: Activation, budget: EvaluationBudget): Refusal[] {
    return this.validations.flatMap((validation, index): readonly Refusal[] => {
      try {
        if (budget.evaluate(validation.expression, activation) === true) return [];
        const { reason = '' } = validation.validation;
        return [{ index, message: messageOf(validation, activation, budget), reason }];
      } catch (error) {
        if (error instanceof ExpressionError) return this.failed(index, error.message);
        throw error;
      }
    });
  }

  private failed(index: number, message: string): Refusal[] {
    return this.failsOpen ? [] : [{ index, message, reason: '', failed: true }];
  }

  private audit(activation: Activation): Pick<Verdict, 'annotations' | 'annotationErrors'> {
    const budget = new EvaluationBudget(policyCostMax);
    const bound = this.variables.bind(activation, budget);
    const annotations: { key: string; value: string }[] = [];
    const annotationErrors: string[] = [];
    for (const { annotation, value: compilation } of this.annotations) {
      try {
        const value = annotationText(annotation, budget.evaluate(compilation, bound));
        if (value !== '') annotations.push({ key: annotation.key, value });
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        if (!this.failsOpen) annotationErrors.push(error.message);
      }
    }
    return { annotations, annotationErrors };
  }
}

function compiledValidation(validation: Validation, environment: CelEnvironment): CompiledValidation {
  const { expression, messageExpression = '' } = validation;
  return {
    validation,
    expression: compileExpression(environment, expression.trim(), [types.bool]),
    message:
      messageExpression.trim() === '' ? undefined : compileExpression(environment, messageExpression, [types.string]),
  };
}

/** The message that the policy makes, else the one that it has, else the expression. */
function messageOf(
  { validation, message }: CompiledValidation,
  activation: Activation,
  budget: EvaluationBudget,
): string {
  const made = message === undefined ? '' : madeMessage(message, activation, budget);
  return made || validation.message?.trim() || `failed expression: ${validation.expression.trim()}`;
}

/** `''` where the expression fails or gives what is no good message. */
function madeMessage(compilation: Compilation, activation: Activation, budget: EvaluationBudget): string {
  try {
    const value = budget.evaluate(compilation, activation);
    const text = typeof value === 'string' ? value.trim() : '';
    return Buffer.byteLength(text) > messageBytesMax || text.includes('\n') ? '' : text;
  } catch (error) {
    if (error instanceof OutOfBudgetError)
      throw new ExpressionError(`failed messageExpression: ${error.message}`, { cause: error });
    if (error instanceof ExpressionError) return '';
    throw error;
  }
}

function annotationText({ valueExpression }: AuditAnnotation, value: CelValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return value.trim();
  throw new ExpressionError(
    `valueExpression '${valueExpression}' resulted in unsupported return type: ${typeNameOf(value)}. Return type must be either string or null.`,
  );
}
