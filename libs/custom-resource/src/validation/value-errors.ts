import { type FieldError, invalidValue, notSupported, required, tooLong, tooMany, typeInvalid } from '@orrery/api';

/*
 * Findings about values in upstream's words. Its validator writes `in body` behind each path; a finding that is about several schemas
 * at once has no field.
 */

const noField = '<nil>';

export function wrongType(path: string, wanted: string, found: unknown): FieldError {
  const shown = typeof found === 'string' ? `: ${JSON.stringify(found)}` : '';
  return typeInvalid(fieldOf(path), found, `${path} in body must be of type ${wanted}${shown}`);
}

export function missing(path: string): FieldError {
  return required(path);
}

export function notInEnum(path: string, value: unknown, allowed: readonly unknown[]): FieldError {
  const texts = allowed.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  return notSupported(fieldOf(path), value, texts);
}

export function longerThan(path: string, lengthMax: number): FieldError {
  return tooLong(fieldOf(path), lengthMax);
}

export function moreThan(path: string, actual: number, countMax: number): FieldError {
  return tooMany(fieldOf(path), actual, countMax);
}

/** `detail` follows `<path> in body `. */
export function outOfBounds(path: string, value: unknown, detail: string): FieldError {
  return invalidValue(fieldOf(path), value, `${path} in body ${detail}`);
}

export function forbiddenProperty(path: string, name: string): FieldError {
  return invalidValue(fieldOf(path), name, `${path}.${name} in body is a forbidden property`);
}

export function compositeFailure(path: string, detail: string): FieldError {
  return invalidValue(noField, '', `${JSON.stringify(path)} ${detail}`);
}

function fieldOf(path: string): string {
  return path === '' ? noField : path;
}
