import { isIpv4 } from '../service/ip-format.ts';

interface Network {
  readonly bits: bigint;
  /** Length of an address of the family, in bits. */
  readonly width: number;
  readonly prefixLength: number;
}

/** Whether the second network lies within the first one and is smaller. Expects well-formed CIDRs. */
export function containsCidr(outer: string, inner: string): boolean {
  const a = parseCidr(outer);
  const b = parseCidr(inner);
  if (a.width !== b.width || a.prefixLength >= b.prefixLength) return false;
  const hostBits = BigInt(a.width - a.prefixLength);
  return a.bits >> hostBits === b.bits >> hostBits;
}

/** Whether all bits behind the prefix are zero. Expects a well-formed CIDR. */
export function isMaskedCidr(cidr: string): boolean {
  const { bits, width, prefixLength } = parseCidr(cidr);
  return BigInt.asUintN(width - prefixLength, bits) === 0n;
}

function parseCidr(cidr: string): Network {
  const [ip = '', length = ''] = cidr.split('/');
  const width = isIpv4(ip) ? 32 : 128;
  return { bits: width === 32 ? ipv4Bits(ip) : ipv6Bits(ip), width, prefixLength: Number(length) };
}

function ipv4Bits(ip: string): bigint {
  return ip.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function ipv6Bits(ip: string): bigint {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(ip);
  if (tail) {
    const [, head = '', ipv4 = ''] = tail;
    const low = ipv4Bits(ipv4);
    return ipv6Bits(`${head}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [before = '', after] = ip.split('::');
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':'));
  const head = groupsOf(before);
  const rest = after === undefined ? [] : groupsOf(after);
  const zeros = Array.from({ length: 8 - head.length - rest.length }, () => '0');
  return [...head, ...zeros, ...rest].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}
