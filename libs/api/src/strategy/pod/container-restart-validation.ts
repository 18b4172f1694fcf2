import { type FieldError, notSupported, required, tooMany } from '../../errors/field-error.ts';
import type { Container } from '../../generated/kinds.ts';
import { validateGivenChoice } from '../choice-validation.ts';

const restartPolicies = ['Always', 'Never', 'OnFailure'];
const actions = ['Restart', 'RestartAllContainers'];
const operators = ['In', 'NotIn'];
const rulesMax = 20;
const exitCodesMax = 255;

type Rule = NonNullable<Container['restartPolicyRules']>[number];

/** When a container of its own accord is started again, regardless of its pod. */
export function validateContainerRestartPolicy(container: Container, path: string): FieldError[] {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  const field = `${path}.restartPolicyRules`;
  const findings: FieldError[] = [];
  if (restartPolicy === undefined && rules.length > 0) {
    findings.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  }
  findings.push(...validateGivenChoice(restartPolicy, restartPolicies, `${path}.restartPolicy`));
  if (rules.length > rulesMax) findings.push(tooMany(field, rules.length, rulesMax));
  return [...findings, ...rules.flatMap((rule, i) => validateRule(rule, `${field}[${i}]`))];
}

function validateRule({ action, exitCodes }: Rule, path: string): FieldError[] {
  const findings = actions.includes(action) ? [] : [notSupported(`${path}.action`, action ?? '', actions)];
  if (exitCodes === undefined) return [...findings, required(`${path}.exitCodes`, 'must be specified')];
  const { operator, values = [] } = exitCodes;
  if (!operators.includes(operator)) {
    findings.push(notSupported(`${path}.exitCodes.operator`, operator ?? '', operators));
  }
  if (values.length > exitCodesMax) {
    findings.push(tooMany(`${path}.exitCodes.values`, values.length, exitCodesMax));
  }
  return findings;
}
