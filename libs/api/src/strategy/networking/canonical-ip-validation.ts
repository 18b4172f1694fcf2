import { type FieldError, invalidValue } from '../../errors/field-error.ts';
import { isIpv4 } from '../service/ip-format.ts';
import { validateCidr, validateIp } from '../service/ip-validation.ts';
import { isMaskedCidr } from './cidr-format.ts';

/** The texts of what is wrong with an address that serves as a name: each address has only one. */
export function canonicalIpErrors(ip: string): string[] {
  const malformed = validateIp(ip, '').map(({ detail }) => detail);
  if (malformed.length > 0) return malformed;
  const canonical = canonicalIp(ip);
  return ip === canonical ? [] : [canonicalText(canonical)];
}

/** A network's address and prefix length, with no bits behind the prefix. */
export function validateNetwork(cidr: string, field: string): FieldError[] {
  const findings = validateCidr(cidr, field);
  if (findings.length > 0 || isMaskedCidr(cidr)) return findings;
  return [invalidValue(field, cidr, 'must not have bits set beyond the prefix length')];
}

/** As `validateNetwork`, and written in the one way that is canonical. */
export function validateCanonicalNetwork(cidr: string, field: string): FieldError[] {
  const findings = validateNetwork(cidr, field);
  if (findings.length > 0) return findings;
  const [ip = '', length = ''] = cidr.split('/');
  const canonical = `${canonicalIp(ip)}/${Number(length)}`;
  return cidr === canonical ? [] : [invalidValue(field, cidr, canonicalText(canonical))];
}

/** The texts of what is wrong with an address of an interface, which says the size of its network as well: `10.9.8.7/24`. */
export function canonicalAddressErrors(address: string): string[] {
  if (validateCidr(address, '').length > 0) {
    return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  }
  const [ip = '', length = ''] = address.split('/');
  const canonical = `${canonicalIp(ip)}/${Number(length)}`;
  return address === canonical ? [] : [canonicalText(canonical)];
}

function canonicalText(canonical: string): string {
  return `must be in canonical form (${JSON.stringify(canonical)})`;
}

function canonicalIp(ip: string): string {
  return isIpv4(ip) ? ip : new URL(`http://[${ip}]`).hostname.slice(1, -1);
}
