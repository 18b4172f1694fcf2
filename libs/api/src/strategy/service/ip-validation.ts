import { type FieldError, invalidValue } from '../../errors/field-error.ts';
import { isIp, isIpv4, isIpv6 } from './ip-format.ts';

const ipText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const cidrText = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

export type IpFamily = 'IPv4' | 'IPv6';

/** An IP address in a form that all programs read alike. */
export function validateIp(ip: string, field: string): FieldError[] {
  if (!isIp(ip)) return [invalidValue(field, ip, hasLeadingZeros(ip) ? 'must not have leading 0s' : ipText)];
  return isMapped(ip) ? [invalidValue(field, ip, 'must not be an IPv4-mapped IPv6 address')] : [];
}

/** An address and a prefix length: `10.9.8.0/24`. */
export function validateCidr(cidr: string, field: string): FieldError[] {
  const [ip = '', bits, ...rest] = cidr.split('/');
  const bitsMax = isIpv4(ip) ? 32 : 128;
  if (rest.length > 0 || bits === undefined || !/^\d{1,3}$/.test(bits)) return [invalidValue(field, cidr, cidrText)];
  if (hasLeadingZeros(ip) || /^0\d/.test(bits)) {
    return [invalidValue(field, cidr, 'must not have leading 0s in IP or prefix length')];
  }
  if (!isIp(ip) || Number(bits) > bitsMax) return [invalidValue(field, cidr, cidrText)];
  return isMapped(ip) ? [invalidValue(field, cidr, 'must not have an IPv4-mapped IPv6 address')] : [];
}

/** An address at which somebody can be reached from elsewhere. */
export function validateNonSpecialIp(ip: string, field: string): FieldError[] {
  if (!isIp(ip)) return [invalidValue(field, ip, 'must be a valid IP address')];
  const kind = specialKinds.find(({ pattern }) => pattern.test(canonical(ip)));
  return kind ? [invalidValue(field, ip, kind.text(ip))] : [];
}

const specialKinds: readonly { pattern: RegExp; text: (ip: string) => string }[] = [
  { pattern: /^(0\.0\.0\.0|::)$/, text: (ip) => `may not be unspecified (${ip})` },
  { pattern: /^(127\.|::1$)/, text: () => 'may not be in the loopback range (127.0.0.0/8, ::1/128)' },
  {
    pattern: /^(169\.254\.|fe[89ab][0-9a-f]:)/,
    text: () => 'may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  },
  {
    pattern: /^(224\.0\.0\.|ff.2:)/,
    text: () => 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
  },
];

export function ipFamilyOf(ip: string): IpFamily {
  return isIpv6(ip) ? 'IPv6' : 'IPv4';
}

/** One of each family, in either order. */
export function isDualStack(ips: readonly string[]): boolean {
  return new Set(ips.map((ip) => ipFamilyOf(ip.split('/')[0] ?? ''))).size === 2;
}

/** The shortest form, for addresses that are compared by their text. Expects a well-formed address. */
function canonical(ip: string): string {
  return isIpv4(ip) ? ip : new URL(`http://[${ip}]`).hostname.slice(1, -1);
}

function hasLeadingZeros(ip: string): boolean {
  const parts = ip.split('.');
  return parts.length === 4 && parts.some((part) => /^0\d/.test(part)) && parts.every((part) => /^\d{1,3}$/.test(part));
}

function isMapped(ip: string): boolean {
  return isIpv6(ip) && canonical(ip).startsWith('::ffff:');
}
