import { duplicateValue, type FieldError, required } from '../../errors/field-error.ts';

/** Each condition has a type, and no other has the same. */
export function validateUniqueConditions(
  conditions: readonly { readonly type?: string }[],
  path: string,
): FieldError[] {
  return conditions.flatMap(({ type = '' }, i) => [
    ...(conditions.findIndex((other) => (other.type ?? '') === type) < i
      ? [duplicateValue(`${path}[${i}].type`, type)]
      : []),
    ...(type === '' ? [required(`${path}[${i}].type`, 'must not be empty')] : []),
  ]);
}
