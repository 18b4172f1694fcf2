import { duplicateValue, type FieldError, invalidTexts } from '../../errors/field-error.ts';
import type { Toleration } from '../../generated/core-v1.ts';
import type { RuntimeClass } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateLabels } from '../object-meta/object-meta-validation.ts';
import { validateTolerations } from '../pod/toleration-validation.ts';
import { validateAmount, validateContainerResourceName } from '../resource-amounts/resource-amounts-validation.ts';

export const runtimeClassRules: KindRules<RuntimeClass> = {
  allowsUnconditionalUpdate: false,
  validate: ({ handler = '', overhead, scheduling }, old) =>
    old
      ? []
      : [
          ...invalidTexts('handler', handler, dnsLabelErrors(handler)),
          ...Object.entries(overhead?.podFixed ?? {}).flatMap(([name, amount]) => [
            ...validateContainerResourceName(name, 'overhead.limits'),
            ...validateAmount(name, amount, `overhead.limits[${name}]`),
          ]),
          ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
          ...validateUniqueTolerations(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
        ],
  validateUpdate: ({ handler }, old) => validateImmutable(handler, old.handler, 'handler'),
};

function validateUniqueTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  const keyOf = ({ key, operator, value, effect }: Toleration) => ({ key, operator, value, effect });
  return [
    ...validateTolerations(tolerations, path),
    ...tolerations.flatMap((toleration, i) =>
      tolerations.findIndex((other) => deepEqual(keyOf(other), keyOf(toleration))) < i
        ? [duplicateValue(`${path}[${i}]`, toleration)]
        : [],
    ),
  ];
}
