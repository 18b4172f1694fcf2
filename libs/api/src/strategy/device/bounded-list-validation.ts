import { duplicateValue, type FieldError, tooMany } from '../../errors/field-error.ts';

/** Every item of a list that is not too long; of one that is, only that is said. */
export function validateList<T>(
  items: readonly T[],
  countMax: number,
  path: string,
  validate: (item: T, at: string) => FieldError[],
): FieldError[] {
  if (items.length > countMax) return [tooMany(path, items.length, countMax)];
  return items.flatMap((item, i) => validate(item, `${path}[${i}]`));
}

/** As `validateList`, and no two items have the same key. */
export function validateSet<T>(
  items: readonly T[],
  countMax: number,
  path: string,
  keyOf: (item: T) => unknown,
  validate: (item: T, at: string) => FieldError[],
): FieldError[] {
  const findings = validateList(items, countMax, path, validate);
  if (items.length > countMax) return findings;
  const keys = items.map(keyOf);
  const texts = keys.map((key) => JSON.stringify(key));
  const repeated = texts.flatMap((text, i) =>
    texts.indexOf(text) < i ? [duplicateValue(`${path}[${i}]`, keys[i])] : [],
  );
  return [...findings, ...repeated];
}
