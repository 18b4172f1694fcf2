import {
  type FieldError,
  invalid,
  invalidValue,
  type MutatingAdmissionPolicy,
  type MutatingWebhookConfiguration,
  type ValidatingAdmissionPolicy,
  type ValidatingWebhookConfiguration,
} from '@orrery/api';
import { type CelEnvironment, types } from '@orrery/cel';
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts';
import { type Compilation, compileExpression } from './compilation.ts';
import {
  appliedObjectType,
  expressionEnvironment,
  jsonPatchesType,
  mutationEnvironment,
} from './expression-environment.ts';
import type { MatchCondition, Variable } from './policy-spec.ts';
import { PolicyVariables } from './policy-variables.ts';

/**
 * Refuses policies and webhooks with expressions that do not compile. Part of the validation of these kinds, which cannot do it itself
 * because it knows nothing of CEL.
 */
export class ExpressionValidation implements AdmissionPlugin {
  readonly name = 'ExpressionValidation';

  validate({ info, operation, subresource, object }: AdmissionAttributes): void {
    if (info.group !== 'admissionregistration.k8s.io' || subresource !== '' || object === undefined) return;
    if (operation !== 'CREATE' && operation !== 'UPDATE') return;
    const check = checks[info.resource];
    const findings = check === undefined ? [] : check(object as never);
    if (findings.length > 0) throw invalid(info, object.metadata.name, findings);
  }
}

const checks: Readonly<Record<string, (object: never) => FieldError[]>> = {
  validatingadmissionpolicies: validatingPolicyFindings,
  mutatingadmissionpolicies: mutatingPolicyFindings,
  validatingwebhookconfigurations: webhookFindings,
  mutatingwebhookconfigurations: webhookFindings,
};

function validatingPolicyFindings({ spec }: ValidatingAdmissionPolicy): FieldError[] {
  const { variables = [], matchConditions = [], validations = [], auditAnnotations = [], paramKind } = spec;
  const base = expressionEnvironment({ hasParams: paramKind !== undefined, hasAuthorizer: true });
  const composed = new PolicyVariables(variables, base);
  const { environment } = composed;
  return [
    ...variableFindings(variables, composed),
    ...conditionFindings(matchConditions, 'spec.matchConditions', base),
    ...validations.flatMap(({ expression, messageExpression = '' }, index) => [
      ...findings(
        compileExpression(environment, expression.trim(), [types.bool]),
        `spec.validations[${index}].expression`,
      ),
      ...(messageExpression.trim() === ''
        ? []
        : findings(
            compileExpression(environment, messageExpression.trim(), [types.string]),
            `spec.validations[${index}].messageExpression`,
          )),
    ]),
    ...auditAnnotations.flatMap(({ valueExpression }, index) =>
      findings(
        compileExpression(environment, valueExpression.trim(), [types.string, types.null]),
        `spec.auditAnnotations[${index}].valueExpression`,
      ),
    ),
  ];
}

function mutatingPolicyFindings({ spec }: MutatingAdmissionPolicy): FieldError[] {
  const { variables = [], matchConditions = [], mutations = [], paramKind } = spec;
  const base = expressionEnvironment({ hasParams: paramKind !== undefined, hasAuthorizer: true });
  const composed = new PolicyVariables(variables, base);
  const environment = mutationEnvironment(composed.environment);
  return [
    ...variableFindings(variables, composed),
    ...conditionFindings(matchConditions, 'spec.matchConditions', base),
    ...mutations.flatMap(({ patchType, applyConfiguration, jsonPatch }, index) => {
      const at = `spec.mutations[${index}]`;
      return patchType === 'JSONPatch'
        ? findings(
            compileExpression(environment, jsonPatch?.expression?.trim() ?? '', [jsonPatchesType]),
            `${at}.jsonPatch.expression`,
          )
        : findings(
            compileExpression(environment, applyConfiguration?.expression?.trim() ?? '', [appliedObjectType]),
            `${at}.applyConfiguration.expression`,
          );
    }),
  ];
}

function webhookFindings({
  webhooks = [],
}: ValidatingWebhookConfiguration | MutatingWebhookConfiguration): FieldError[] {
  const environment = expressionEnvironment({ hasParams: false, hasAuthorizer: true });
  return webhooks.flatMap(({ matchConditions = [] }, index) =>
    conditionFindings(matchConditions, `webhooks[${index}].matchConditions`, environment),
  );
}

function variableFindings(variables: readonly Variable[], composed: PolicyVariables): FieldError[] {
  const problems = composed.problems();
  return variables.flatMap(({ name }, index) => {
    const problem = problems.get(name);
    return problem === undefined ? [] : findings(problem, `spec.variables[${index}].expression`);
  });
}

function conditionFindings(
  conditions: readonly MatchCondition[],
  path: string,
  environment: CelEnvironment,
): FieldError[] {
  return conditions.flatMap(({ expression }, index) =>
    findings(compileExpression(environment, expression.trim(), [types.bool]), `${path}[${index}].expression`),
  );
}

function findings({ source, problem }: Compilation, path: string): FieldError[] {
  return problem === '' ? [] : [invalidValue(path, source, problem)];
}
