import type { FieldError } from '../../errors/field-error.ts';
import type { CrossVersionObjectReference } from '../../generated/autoscaling-v2.ts';
import { pathSegmentErrors } from '../../selectors/label-format.ts';
import { validateRequiredFormat } from '../field-validation.ts';

/** An object named by kind and name, in the same namespace. */
export function validateObjectReference(
  reference: CrossVersionObjectReference | undefined,
  path: string,
): FieldError[] {
  return [
    ...validateRequiredFormat(reference?.kind, pathSegmentErrors, `${path}.kind`),
    ...validateRequiredFormat(reference?.name, pathSegmentErrors, `${path}.name`),
  ];
}
