import { type FieldError, notSupported, required } from '../errors/field-error.ts';

/** A field that must hold one of the supported values. `supported` in the order of upstream's text. */
export function validateChoice(value: string | undefined, supported: readonly string[], field: string): FieldError[] {
  return value ? validateGivenChoice(value, supported, field) : [required(field)];
}

/** A field that may be left out. */
export function validateGivenChoice(
  value: string | undefined,
  supported: readonly string[],
  field: string,
): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}
