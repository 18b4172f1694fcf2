import { required } from '../../errors/field-error.ts';
import type { ControllerRevision } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateNonNegative } from '../object-meta/object-meta-validation.ts';

export const controllerRevisionRules: KindRules<ControllerRevision> = {
  validate: ({ data, revision }) => [
    ...(data === undefined || data === null ? [required('data', 'data is mandatory')] : []),
    ...validateNonNegative(revision ?? 0, 'revision'),
  ],
  validateUpdate: ({ data }, old) => validateImmutable(data, old.data, 'data'),
};
