import { type FieldError, invalidTexts, invalidValue, required, tooLong } from '../../errors/field-error.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

const parameterCountMax = 512;
/** All keys and values together. */
const parametersSizeMaxBytes = 256 * 1024;

/** Who makes the volumes of a class. */
export function validateDriver(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  const lowerCase = name.toLowerCase();
  return invalidTexts(field, lowerCase, qualifiedNameErrors(lowerCase));
}

/** What the driver of a class is told. */
export function validateParameters(parameters: Readonly<Record<string, string>>, field: string): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > parameterCountMax) return [tooLong(field, parameterCountMax)];
  let sizeBytes = 0;
  const findings: FieldError[] = [];
  for (const [key, value] of entries) {
    if (key === '') findings.push(invalidValue(field, key, 'field can not be empty.'));
    sizeBytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (sizeBytes > parametersSizeMaxBytes) findings.push(tooLong(field, parametersSizeMaxBytes));
  return findings;
}
