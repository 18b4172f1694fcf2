import { type FieldError, invalidValue } from '../../errors/field-error.ts';

const percentText =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A count, or a share like `25%`. */
export function validateIntOrPercent(value: number | string, field: string): FieldError[] {
  if (typeof value === 'number') {
    return value < 0 ? [invalidValue(field, value, 'must be greater than or equal to 0')] : [];
  }
  return /^[0-9]+%$/.test(value) ? [] : [invalidValue(field, value, percentText)];
}

export function validateAtMostWhole(value: number | string, field: string): FieldError[] {
  const percent = percentOf(value);
  return percent !== undefined && percent > 100 ? [invalidValue(field, value, 'must not be greater than 100%')] : [];
}

/** The number, of a count as of a share. */
export function magnitudeOf(value: number | string): number {
  return typeof value === 'number' ? value : (percentOf(value) ?? 0);
}

function percentOf(value: number | string): number | undefined {
  return typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : undefined;
}
