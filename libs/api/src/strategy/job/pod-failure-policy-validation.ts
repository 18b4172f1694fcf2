import {
  duplicateValue,
  type FieldError,
  invalidField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../../errors/field-error.ts';
import type {
  JobSpec,
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from '../../generated/kinds.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

const ruleCountMax = 20;
const exitCodeCountMax = 255;
const conditionCountMax = 20;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

export function validatePodFailurePolicy(spec: JobSpec, { rules }: PodFailurePolicy, path: string): FieldError[] {
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const containerNames = new Set([...containers, ...initContainers].map(({ name }) => name));
  const list = rules ?? [];
  return [
    ...(list.length > ruleCountMax ? [tooMany(`${path}.rules`, list.length, ruleCountMax)] : []),
    ...list.flatMap((rule, i) => validateRule(spec, rule, containerNames, `${path}.rules[${i}]`)),
  ];
}

function validateRule(
  spec: JobSpec,
  { action, onExitCodes, onPodConditions = [] }: PodFailurePolicyRule,
  containerNames: ReadonlySet<string>,
  at: string,
): FieldError[] {
  const findings: FieldError[] = [];
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined) {
      findings.push(invalidValue(`${at}.action`, action, 'requires the backoffLimitPerIndex to be set'));
    }
  } else findings.push(...validateListed(action, actions, `${at}.action`));
  if (onExitCodes) findings.push(...validateExitCodes(onExitCodes, containerNames, `${at}.onExitCodes`));
  if (onPodConditions.length > 0) findings.push(...validateConditions(onPodConditions, `${at}.onPodConditions`));
  if (onExitCodes && onPodConditions.length > 0) {
    findings.push(invalidField(at, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    findings.push(invalidField(at, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return findings;
}

/** Upstream's text of an absent value shows the values as Go prints a list. */
function validateListed(value: string | undefined, supported: readonly string[], field: string): FieldError[] {
  if (!value) {
    return [required(field, `valid values: [${supported.map((one) => JSON.stringify(one)).join(' ')}]`)];
  }
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

function validateConditions(conditions: readonly PodFailurePolicyOnPodConditionsPattern[], path: string): FieldError[] {
  return [
    ...(conditions.length > conditionCountMax ? [tooMany(path, conditions.length, conditionCountMax)] : []),
    ...conditions.flatMap(({ type = '', status }, i) => [
      ...invalidTexts(`${path}[${i}].type`, type, qualifiedNameErrors(type)),
      ...validateListed(status, statuses, `${path}[${i}].status`),
    ]),
  ];
}

function validateExitCodes(
  { operator, containerName, values = [] }: PodFailurePolicyOnExitCodesRequirement,
  containerNames: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const findings = validateListed(operator, operators, `${path}.operator`);
  if (containerName !== undefined && !containerNames.has(containerName)) {
    const text = 'must be one of the container or initContainer names in the pod template';
    findings.push(invalidValue(`${path}.containerName`, containerName, text));
  }
  const at = `${path}.values`;
  if (values.length === 0) findings.push(invalidValue(at, values, 'at least one value is required'));
  if (values.length > exitCodeCountMax) findings.push(tooMany(at, values.length, exitCodeCountMax));
  for (const [i, code] of values.entries()) {
    if (operator === 'In' && code === 0) {
      findings.push(invalidValue(`${at}[${i}]`, code, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(code) < i) findings.push(duplicateValue(`${at}[${i}]`, code));
  }
  const ordered = values.every((code, i) => i === 0 || (values[i - 1] ?? code) <= code);
  if (!ordered) findings.push(invalidValue(at, values, 'must be ordered'));
  return findings;
}
