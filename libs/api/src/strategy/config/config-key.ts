import { lengthText } from '../../selectors/label-format.ts';

const keyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const keyLengthMax = 253;

/** The texts of what is wrong with a key of a ConfigMap or Secret, which becomes a file name. */
export function configKeyErrors(key: string): string[] {
  const errors: string[] = [];
  if (key.length > keyLengthMax) errors.push(lengthText(keyLengthMax));
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) errors.push(keyText);
  if (key === '.') errors.push("must not be '.'");
  else if (key === '..') errors.push("must not be '..'");
  else if (key.startsWith('..')) errors.push("must not start with '..'");
  return errors;
}
