import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { HorizontalPodAutoscalerSpec, HPAScalingPolicy, HPAScalingRules } from '../../generated/autoscaling-v2.ts';
import type { HorizontalPodAutoscaler } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateNonNegatives } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateMetric } from './metric-validation.ts';
import { validateObjectReference } from './object-reference-validation.ts';

const periodSecondsMax = 1800;
const stabilizationWindowSecondsMax = 3600;
const selectPolicies = ['Disabled', 'Max', 'Min'];
const policyTypes = ['Percent', 'Pods'];

export const horizontalPodAutoscalerRules: KindRules<HorizontalPodAutoscaler> = {
  validate: ({ spec }, old) => [
    ...validateReplicas(spec, old?.spec.minReplicas === 0 ? 0 : 1),
    ...validateObjectReference(spec.scaleTargetRef, 'spec.scaleTargetRef'),
    ...(spec.metrics ?? []).flatMap((metric, i) => validateMetric(metric, `spec.metrics[${i}]`)),
    ...validateScalingToZero(spec),
    ...validateScalingRules(spec.behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateScalingRules(spec.behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ],
  validateStatusUpdate: ({ status }) => validateNonNegatives(status, ['currentReplicas', 'desiredReplicas'], 'status'),
};

function validateReplicas({ minReplicas, maxReplicas = 0 }: HorizontalPodAutoscalerSpec, lowest: number): FieldError[] {
  const findings: FieldError[] = [];
  if (minReplicas !== undefined && minReplicas < lowest) {
    findings.push(invalidValue('spec.minReplicas', minReplicas, `must be greater than or equal to ${lowest}`));
  }
  if (maxReplicas < 1) findings.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    findings.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  }
  return findings;
}

/** Without pods there is nothing that could be measured in them. */
function validateScalingToZero({ minReplicas, metrics = [] }: HorizontalPodAutoscalerSpec): FieldError[] {
  if (minReplicas !== 0 || metrics.some(({ type }) => type === 'Object' || type === 'External')) return [];
  const text = 'must specify at least one Object or External metric to support scaling to zero replicas';
  return [forbiddenField('spec.metrics', text)];
}

function validateScalingRules(rules: HPAScalingRules | undefined, path: string): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, policies = [] } = rules;
  const at = `${path}.stabilizationWindowSeconds`;
  const findings: FieldError[] = [];
  if (window !== undefined && window < 0) {
    findings.push(invalidValue(at, window, 'must be greater than or equal to zero'));
  }
  if (window !== undefined && window > stabilizationWindowSecondsMax) {
    findings.push(invalidValue(at, window, `must be less than or equal to ${stabilizationWindowSecondsMax}`));
  }
  findings.push(...validateGivenChoice(rules.selectPolicy, selectPolicies, `${path}.selectPolicy`));
  if (policies.length === 0) findings.push(required(`${path}.policies`, 'must specify at least one Policy'));
  findings.push(...policies.flatMap((policy, i) => validateScalingPolicy(policy, `${path}.policies[${i}]`)));
  return [...findings, ...validateTolerance(rules.tolerance, `${path}.tolerance`)];
}

function validateScalingPolicy({ type, value, periodSeconds }: HPAScalingPolicy, at: string): FieldError[] {
  const findings = policyTypes.includes(type) ? [] : [notSupported(`${at}.type`, type ?? '', policyTypes)];
  if (!(value > 0)) findings.push(invalidValue(`${at}.value`, value ?? 0, 'must be greater than zero'));
  if (!(periodSeconds > 0)) {
    findings.push(invalidValue(`${at}.periodSeconds`, periodSeconds ?? 0, 'must be greater than zero'));
  }
  if (periodSeconds > periodSecondsMax) {
    const text = `must be less than or equal to ${periodSecondsMax}`;
    findings.push(invalidValue(`${at}.periodSeconds`, periodSeconds, text));
  }
  return findings;
}

function validateTolerance(tolerance: string | undefined, field: string): FieldError[] {
  const amount = tolerance === undefined ? undefined : Quantity.tryParse(tolerance);
  if (amount === undefined || amount.sign() >= 0) return [];
  return invalidTexts(field, tolerance, ['must be greater than or equal to 0']);
}
