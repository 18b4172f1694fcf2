import { invalidValue } from '../../errors/field-error.ts';
import type { PodDisruptionBudget } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateAtMostWhole, validateIntOrPercent } from '../workload/int-or-percent.ts';

export const podDisruptionBudgetRules: KindRules<PodDisruptionBudget> = {
  countsGenerations: true,
  allowsUnconditionalUpdate: false,
  validate: ({ spec }) => {
    const { minAvailable, maxUnavailable } = spec;
    const bounds = Object.entries({ minAvailable, maxUnavailable }).flatMap(([field, value]) =>
      value === undefined
        ? []
        : [...validateIntOrPercent(value, `spec.${field}`), ...validateAtMostWhole(value, `spec.${field}`)],
    );
    return [
      ...(minAvailable !== undefined && maxUnavailable !== undefined
        ? [invalidValue('spec', spec, 'minAvailable and maxUnavailable cannot be both set')]
        : []),
      ...bounds,
      ...validateLabelSelector(spec.selector, 'spec.selector'),
    ];
  },
};
