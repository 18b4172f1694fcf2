import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import { lengthText } from '../../selectors/label-format.ts';

const portRangeText = 'must be between 1 and 65535, inclusive';
const nameLengthMax = 15;
const protocols = ['SCTP', 'TCP', 'UDP'];

/** A port number of a connection; 0 is none. */
export function validatePortNumber(port: number | undefined, field: string): FieldError[] {
  const value = port ?? 0;
  return value >= 1 && value <= 65_535 ? [] : [invalidValue(field, value, portRangeText)];
}

/** A port by number or by name. */
export function validatePortReference(port: number | string | undefined, field: string): FieldError[] {
  if (typeof port !== 'string') return validatePortNumber(port, field);
  return portNameErrors(port).map((text) => invalidValue(field, port, text));
}

export function validateProtocol(protocol: string | undefined, field: string): FieldError[] {
  if (!protocol) return [required(field)];
  return protocols.includes(protocol) ? [] : [notSupported(field, protocol, protocols)];
}

/** An IANA service name. */
export function portNameErrors(name: string): string[] {
  const errors: string[] = [];
  if (name.length > nameLengthMax) errors.push(lengthText(nameLengthMax));
  if (!/^[-a-z0-9]+$/.test(name)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) errors.push('must contain at least one letter (a-z)');
  if (name.includes('--')) errors.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}
