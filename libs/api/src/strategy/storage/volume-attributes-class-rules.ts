import { forbiddenField, required } from '../../errors/field-error.ts';
import type { VolumeAttributesClass } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateDriver, validateParameters } from './class-parameters-validation.ts';

export const volumeAttributesClassRules: KindRules<VolumeAttributesClass> = {
  validate: ({ driverName, parameters = {} }) => [
    ...validateDriver(driverName, 'driverName'),
    ...validateParameters(parameters, 'parameters'),
    ...(Object.keys(parameters).length === 0
      ? [required('parameters', 'must contain at least one key/value pair')]
      : []),
  ],
  validateUpdate: (attributesClass, old) =>
    (['driverName', 'parameters'] as const)
      .filter((name) => !deepEqual(attributesClass[name], old[name]))
      .map((name) => forbiddenField(name, `updates to ${name} are forbidden.`)),
};
