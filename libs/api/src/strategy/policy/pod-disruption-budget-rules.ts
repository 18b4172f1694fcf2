import { type FieldError, invalidValue } from '../../errors/field-error.ts';
import type { PodDisruptionBudget } from '../../generated/kinds.ts';
import type { PodDisruptionBudgetSpec } from '../../generated/policy-v1.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateConditions } from '../condition/condition-validation.ts';
import { validateNonNegatives } from '../field-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateAtMostWhole, validateIntOrPercent } from '../workload/int-or-percent.ts';

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget'];

export const podDisruptionBudgetRules: KindRules<PodDisruptionBudget> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ spec }) => {
    const { minAvailable, maxUnavailable } = spec;
    const both = minAvailable !== undefined && maxUnavailable !== undefined;
    return [
      ...(both ? [invalidValue('spec', shownSpec(spec), 'minAvailable and maxUnavailable cannot be both set')] : []),
      ...validateBound(minAvailable, 'spec.minAvailable'),
      ...validateBound(maxUnavailable, 'spec.maxUnavailable'),
      ...validateLabelSelector(spec.selector, 'spec.selector'),
      ...validateGivenChoice(spec.unhealthyPodEvictionPolicy, evictionPolicies, 'spec.unhealthyPodEvictionPolicy'),
    ];
  },
  validateStatusUpdate: ({ status }) => [
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
    ...validateNonNegatives(
      status,
      ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'],
      'status',
    ),
  ],
};

/** As upstream's text shows the spec: by the names of its Go fields. */
function shownSpec({ minAvailable, selector, maxUnavailable, unhealthyPodEvictionPolicy }: PodDisruptionBudgetSpec) {
  return {
    MinAvailable: minAvailable ?? null,
    Selector: selector ?? null,
    MaxUnavailable: maxUnavailable ?? null,
    UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
  };
}

function validateBound(value: number | string | undefined, field: string): FieldError[] {
  if (value === undefined) return [];
  return [...validateIntOrPercent(value, field), ...validateAtMostWhole(value, field)];
}
