import { type FieldError, invalidTexts, invalidValue, required, tooLong } from '../../errors/field-error.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateCsiDriverName } from '../storage/volume-source-validators.ts';

const poolNameLengthMax = 253;
const identifierLengthMax = 32;
const identifierText =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

/** Drivers are named as those of CSI are. */
export const validateDriverName = validateCsiDriverName;

/** Subdomains, separated by slashes. */
export function validatePoolName(name: string | undefined, field: string): FieldError[] {
  if (!name) return [required(field)];
  return [
    ...(name.length > poolNameLengthMax ? [tooLong(field, poolNameLengthMax)] : []),
    ...name.split('/').flatMap((part) => invalidTexts(field, part, dnsSubdomainErrors(part))),
  ];
}

/** Names of attributes and capacities: an identifier, with or without a driver's domain. */
export function validateAttributeName(name: string, field: string): FieldError[] {
  const parts = name.split('/');
  if (parts.length === 1) return validateIdentifier(name, field);
  // Upstream lets pass what has more slashes.
  if (parts.length > 2) return [];
  const [domain = '', identifier = ''] = parts;
  return [
    ...(domain === '' ? [invalidValue(field, '', 'the domain must not be empty')] : validateDriverName(domain, field)),
    ...(identifier === ''
      ? [invalidValue(field, '', 'the name must not be empty')]
      : validateIdentifier(identifier, field)),
  ];
}

export function validateFullAttributeName(name: string, field: string): FieldError[] {
  const findings = validateAttributeName(name, field);
  if (name.includes('/')) return findings;
  const text = 'a fully qualified name must be a domain and a name separated by a slash';
  return [...findings, invalidValue(field, name, text)];
}

function validateIdentifier(identifier: string, field: string): FieldError[] {
  return [
    ...(identifier.length > identifierLengthMax ? [tooLong(field, identifierLengthMax)] : []),
    ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(identifier) ? [] : [invalidValue(field, identifier, identifierText)]),
  ];
}
