import { forbiddenField, invalidValue } from '../../errors/field-error.ts';
import type { Lease } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validateLeaseStrategy } from './lease-strategy-validation.ts';

export const leaseRules: KindRules<Lease> = {
  allowsUnconditionalUpdate: false,
  allowsCreateOnUpdate: true,
  validate: ({ spec }) => {
    const { leaseDurationSeconds: duration, strategy, preferredHolder } = spec;
    return [
      ...(duration !== undefined && duration <= 0
        ? [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
        : []),
      ...validateNonNegative(spec.leaseTransitions ?? 0, 'spec.leaseTransitions'),
      ...(strategy === undefined ? [] : validateLeaseStrategy(strategy, 'spec.strategy')),
      ...(preferredHolder && !strategy
        ? [forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined')]
        : []),
    ];
  },
};
