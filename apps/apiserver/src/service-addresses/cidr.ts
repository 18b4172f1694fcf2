import { type IpFamily, ipFamilyOf } from '@orrery/api';
import { bitLength, ipAddressText, parseIpAddress } from '@orrery/cel';

/** A range of addresses as numbers. */
export interface Cidr {
  readonly text: string;
  readonly family: IpFamily;
  /** The network address. */
  readonly first: bigint;
  readonly size: bigint;
}

/** Reads `10.96.0.0/12` or `fd00::/108`. Throws `RangeError` for what is no range. */
export function parseCidr(text: string): Cidr {
  const [address = '', prefix = ''] = text.split('/');
  const parsed = parseIpAddress(address);
  const length = Number(prefix);
  if (parsed === undefined || !/^\d+$/.test(prefix) || length > bitLength(parsed)) {
    throw new RangeError(`${text} is not a CIDR`);
  }
  const size = 1n << BigInt(bitLength(parsed) - length);
  return { text, family: ipFamilyOf(address), first: parsed.bits - (parsed.bits % size), size };
}

/** Reads one range, or two of different families with a comma between them. Throws `RangeError`. */
export function parseCidrs(text: string): readonly Cidr[] {
  const cidrs = text.split(',').map((part) => parseCidr(part.trim()));
  const families = new Set(cidrs.map(({ family }) => family));
  if (families.size === cidrs.length) return cidrs;
  throw new RangeError(`${text} must be one CIDR, or one of each family`);
}

/** The address at `offset` in a range: 1 is the first that can be used. */
export function addressInCidr({ family, first }: Cidr, offset: number): string {
  return ipAddressText({ family: family === 'IPv4' ? 4 : 6, bits: first + BigInt(offset) });
}

/** Where in the range the address is; `undefined`: elsewhere. */
export function offsetInCidr({ family, first, size }: Cidr, ip: string): bigint | undefined {
  const parsed = parseIpAddress(ip);
  if (parsed === undefined || ipFamilyOf(ip) !== family) return undefined;
  const offset = parsed.bits - first;
  return offset >= 0n && offset < size ? offset : undefined;
}

/** The last offset that can be given away: the end of an IPv4 range is for broadcasts. */
export function lastOffset({ family, size }: Cidr): bigint {
  return family === 'IPv4' ? size - 2n : size - 1n;
}
