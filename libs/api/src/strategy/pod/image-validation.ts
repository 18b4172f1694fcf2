import { type FieldError, invalidValue } from '../../errors/field-error.ts';

/** Only pods are this strict: templates may hold placeholders. */
export function validateTrimmedImage(image: string | undefined, field: string): FieldError[] {
  if (image === undefined || image.trim() === image) return [];
  return [invalidValue(field, image, 'must not have leading or trailing whitespace')];
}
