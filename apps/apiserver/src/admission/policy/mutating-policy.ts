import type { ApiObject, MutatingAdmissionPolicy } from '@orrery/api';
import type { Activation, CelValue } from '@orrery/cel';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import { changeObject } from '../webhook/patched-object.ts';
import type { Invocation } from '../webhook/webhook.ts';
import { mergeAppliedValue } from './apply-configuration-mutation.ts';
import { type Compilation, compileExpression } from './compilation.ts';
import { ConstructedTypeError } from './constructed-object.ts';
import { EvaluationBudget, ExpressionError, OutOfBudgetError, policyCostMax } from './evaluation-budget.ts';
import {
  appliedObjectType,
  expressionEnvironment,
  jsonPatchesType,
  mutationEnvironment,
} from './expression-environment.ts';
import { applyPatchValue } from './json-patch-mutation.ts';
import { MatchConditions } from './match-conditions.ts';
import { MutationError } from './mutation-error.ts';
import { PolicyVariables } from './policy-variables.ts';

interface CompiledMutation {
  readonly compilation: Compilation;
  apply(invocation: Invocation, object: ApiObject, value: CelValue): ApiObject;
}

/** A MutatingAdmissionPolicy with its expressions compiled. */
export class MutatingPolicy {
  readonly conditions: MatchConditions;
  private readonly variables: PolicyVariables;
  private readonly mutations: readonly CompiledMutation[];

  constructor(readonly policy: MutatingAdmissionPolicy) {
    const { variables = [], matchConditions = [], mutations = [], paramKind } = policy.spec;
    const base = expressionEnvironment({ hasParams: paramKind !== undefined, hasAuthorizer: true });
    this.variables = new PolicyVariables(variables, base);
    this.conditions = new MatchConditions(matchConditions, base);
    const environment = mutationEnvironment(this.variables.environment);
    this.mutations = mutations.map(({ patchType, applyConfiguration, jsonPatch }) =>
      patchType === 'JSONPatch'
        ? {
            compilation: compileExpression(environment, jsonPatch?.expression ?? '', [jsonPatchesType]),
            apply: (_invocation, object, value) => applyPatchValue(object, value),
          }
        : {
            compilation: compileExpression(environment, applyConfiguration?.expression ?? '', [appliedObjectType]),
            apply: ({ row }, object, value) => mergeAppliedValue(row, object, value),
          },
    );
  }

  get failsOpen(): boolean {
    return this.policy.spec.failurePolicy === 'Ignore';
  }

  get reinvokes(): boolean {
    return this.policy.spec.reinvocationPolicy === 'IfNeeded';
  }

  /**
   * Changes `object` in place, one mutation after the other; `activationOf` tells how things stand before each. Gives what has failed; the
   * other mutations are made all the same.
   */
  async mutate(
    invocation: Invocation,
    object: ApiObject,
    versions: Pick<ObjectVersions, 'convert'>,
    activationOf: () => Promise<Activation>,
  ): Promise<string[]> {
    const failures: string[] = [];
    for (const mutation of this.mutations) {
      try {
        const value = this.valueOf(mutation, await activationOf());
        await changeObject(invocation, object, versions, (before) => mutation.apply(invocation, before, value));
      } catch (error) {
        if (!isMutationFailure(error)) throw error;
        failures.push(error.message);
      }
    }
    return failures;
  }

  private valueOf({ compilation }: CompiledMutation, activation: Activation): CelValue {
    if (compilation.expression === undefined) throw new MutationError(compilation.problem);
    const budget = new EvaluationBudget(policyCostMax);
    return budget.evaluate(compilation, this.variables.bind(activation, budget));
  }
}

function isMutationFailure(error: unknown): error is Error {
  return (
    error instanceof MutationError ||
    error instanceof ConstructedTypeError ||
    error instanceof ExpressionError ||
    error instanceof OutOfBudgetError
  );
}
