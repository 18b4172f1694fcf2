import { type FieldError, invalidTexts, required } from '../errors/field-error.ts';
import { validateNonNegative } from './object-meta/object-meta-validation.ts';

/** A text that has to be there and to follow a format. `errors` gives the texts of what is wrong. */
export function validateRequiredFormat(
  value: string | undefined,
  errors: (value: string) => string[],
  field: string,
): FieldError[] {
  return value ? invalidTexts(field, value, errors(value)) : [required(field)];
}

/** Each named number, where it is set, is not negative. */
export function validateNonNegatives<T extends object>(
  object: T,
  names: readonly (keyof T & string)[],
  path: string,
): FieldError[] {
  return names.flatMap((name) => validateNonNegative((object[name] as number | undefined) ?? 0, `${path}.${name}`));
}
