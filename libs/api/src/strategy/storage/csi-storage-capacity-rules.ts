import { invalidTexts } from '../../errors/field-error.ts';
import type { CSIStorageCapacity } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateLabelSelector } from '../object-meta/label-selector-validation.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';

export const csiStorageCapacityRules: KindRules<CSIStorageCapacity> = {
  allowsUnconditionalUpdate: false,
  validate: ({ nodeTopology, storageClassName = '', capacity }, old) => {
    if (old) return [];
    const negative = capacity !== undefined && (Quantity.tryParse(capacity)?.sign() ?? 0) < 0;
    return [
      ...validateLabelSelector(nodeTopology, 'nodeTopology'),
      ...invalidTexts('storageClassName', storageClassName, dnsSubdomainErrors(storageClassName)),
      ...(negative ? invalidTexts('capacity', capacity, ['must be greater than or equal to 0']) : []),
    ];
  },
  validateUpdate: (capacity, old) => [
    ...validateImmutable(capacity.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...validateImmutable(capacity.storageClassName, old.storageClassName, 'storageClassName'),
  ],
};
