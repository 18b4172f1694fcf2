import { type FieldError, invalidValue } from '../../errors/field-error.ts';

/** A path inside a volume: relative, and never upwards. */
export function validateDescendingPath(value: string, field: string): FieldError[] {
  const findings = value.startsWith('/') ? [invalidValue(field, value, 'must be a relative path')] : [];
  return [...findings, ...validateNoBacksteps(value, field)];
}

/** A path of a projected file: names that start with two dots are the kubelet's own. */
export function validateProjectedPath(value: string, field: string): FieldError[] {
  const findings = validateDescendingPath(value, field);
  if (value.startsWith('..') && !value.startsWith('../')) {
    findings.push(invalidValue(field, value, "must not start with '..'"));
  }
  return findings;
}

export function validateNoBacksteps(value: string, field: string): FieldError[] {
  return value.split('/').includes('..') ? [invalidValue(field, value, "must not contain '..'")] : [];
}
