import {
  type CustomResourceDefinitionNames,
  dns1035LabelErrors,
  type FieldError,
  invalidValue,
  required,
} from '@orrery/api';

/** The names that a definition asks for: all of them must be given. */
export function validateWantedNames(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const missing = (['plural', 'singular', 'kind', 'listKind'] as const).filter((name) => !names[name]);
  return [...missing.map((name) => required(`${path}.${name}`)), ...validateNames(names, path)];
}

/** The form of names, wanted or accepted. */
export function validateNames(names: CustomResourceDefinitionNames, path: string): FieldError[] {
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names;
  return [
    ...labelErrors(plural, `${path}.plural`),
    ...labelErrors(singular, `${path}.singular`),
    ...kindErrors(kind, `${path}.kind`),
    ...kindErrors(listKind, `${path}.listKind`),
    ...shortNames.flatMap((name, i) => labelErrors(name, `${path}.shortNames[${i}]`, true)),
    ...(kind && kind === listKind
      ? [invalidValue(`${path}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
    ...categories.flatMap((name, i) => labelErrors(name, `${path}.categories[${i}]`, true)),
  ];
}

function labelErrors(name: string | undefined, path: string, mayNotBeEmpty = false): FieldError[] {
  if (name === undefined || (name === '' && !mayNotBeEmpty)) return [];
  const texts = dns1035LabelErrors(name);
  return texts.length > 0 ? [invalidValue(path, name, texts.join(','))] : [];
}

function kindErrors(kind: string | undefined, path: string): FieldError[] {
  if (!kind) return [];
  const texts = dns1035LabelErrors(kind.toLowerCase());
  const detail = `may have mixed case, but should otherwise match: ${texts.join(',')}`;
  return texts.length > 0 ? [invalidValue(path, kind, detail)] : [];
}
