import { invalidValue } from '../../errors/field-error.ts';
import type { Lease } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateNonNegative } from '../object-meta/object-meta-validation.ts';

export const leaseRules: KindRules<Lease> = {
  allowsUnconditionalUpdate: false,
  allowsCreateOnUpdate: true,
  validate: ({ spec }) => {
    const { leaseDurationSeconds: duration } = spec;
    return [
      ...(duration !== undefined && duration <= 0
        ? [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]
        : []),
      ...validateNonNegative(spec.leaseTransitions ?? 0, 'spec.leaseTransitions'),
    ];
  },
};
