import { types } from '../types/cel-type.ts';
import { type CelValue, OpaqueValue } from '../values/cel-value.ts';
import { bitLength, type IpAddress, ipAddressText, isMappedIpv4, parseIpAddress } from '../values/ip-address.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';

const { bool, int, string } = types;
const ipType = types.opaque('net.IP');
const cidrType = types.opaque('net.CIDR');

class IpValue extends OpaqueValue {
  override readonly typeName = 'net.IP';

  constructor(readonly address: IpAddress) {
    super();
  }

  override equals(other: CelValue): boolean {
    return (
      other instanceof IpValue &&
      other.address.family === this.address.family &&
      other.address.bits === this.address.bits
    );
  }

  override toString(): string {
    return ipAddressText(this.address);
  }
}

class CidrValue extends OpaqueValue {
  override readonly typeName = 'net.CIDR';

  constructor(
    readonly address: IpAddress,
    readonly prefix: number,
  ) {
    super();
  }

  override equals(other: CelValue): boolean {
    return other instanceof CidrValue && other.toString() === this.toString();
  }

  override toString(): string {
    return `${ipAddressText(this.address)}/${this.prefix}`;
  }

  get masked(): CidrValue {
    return new CidrValue({ ...this.address, bits: this.networkOf(this.address) << this.hostBits }, this.prefix);
  }

  contains(address: IpAddress): boolean {
    return address.family === this.address.family && this.networkOf(address) === this.networkOf(this.address);
  }

  private networkOf({ bits }: IpAddress): bigint {
    return bits >> this.hostBits;
  }

  private get hostBits(): bigint {
    return BigInt(bitLength(this.address) - this.prefix);
  }
}

/** Kubernetes' addresses and networks. */
export const networkFunctions: CelLibrary = [
  fn('ip', 'string_to_ip', [string], ipType, (text: string) => new IpValue(parseIp(text))),
  fn('isIP', 'is_ip', [string], bool, (text: string) => succeeds(() => parseIp(text))),
  fn('ip.isCanonical', 'ip_is_canonical', [string], bool, (text: string) => ipAddressText(parseIp(text)) === text),
  fn('string', 'ip_to_string', [ipType], string, String),
  method('family', 'ip_family', [ipType], int, ({ address }: IpValue) => BigInt(address.family)),
  test('isUnspecified', 'ip_is_unspecified', ({ bits }) => bits === 0n),
  test('isLoopback', 'ip_is_loopback', isLoopback),
  test('isLinkLocalMulticast', 'ip_is_link_local_multicast', ({ family, bits }) =>
    family === 4 ? bits >> 8n === 0xe00000n : ((bits >> 112n) & 0xff0fn) === 0xff02n,
  ),
  test('isLinkLocalUnicast', 'ip_is_link_local_unicast', isLinkLocalUnicast),
  test('isGlobalUnicast', 'ip_is_global_unicast', isGlobalUnicast),
  fn('cidr', 'string_to_cidr', [string], cidrType, parseCidr),
  fn('isCIDR', 'is_cidr', [string], bool, (text: string) => succeeds(() => parseCidr(text))),
  fn('string', 'cidr_to_string', [cidrType], string, String),
  method('ip', 'cidr_ip', [cidrType], ipType, ({ address }: CidrValue) => new IpValue(address)),
  method('prefixLength', 'cidr_prefix_length', [cidrType], int, ({ prefix }: CidrValue) => BigInt(prefix)),
  method('masked', 'cidr_masked', [cidrType], cidrType, ({ masked }: CidrValue) => masked),
  method('containsIP', 'cidr_contains_ip', [cidrType, ipType], bool, (network: CidrValue, { address }: IpValue) =>
    network.contains(address),
  ),
  method('containsIP', 'cidr_contains_ip_string', [cidrType, string], bool, (network: CidrValue, text: string) =>
    network.contains(parseIp(text)),
  ),
  method('containsCIDR', 'cidr_contains_cidr', [cidrType, cidrType], bool, containsCidr),
  method('containsCIDR', 'cidr_contains_cidr_string', [cidrType, string], bool, (network: CidrValue, text: string) =>
    containsCidr(network, parseCidr(text)),
  ),
];

function test(name: string, id: string, holds: (address: IpAddress) => boolean): CelLibrary[number] {
  return method(name, id, [ipType], bool, ({ address }: IpValue) => holds(address));
}

function isLoopback({ family, bits }: IpAddress): boolean {
  return family === 4 ? bits >> 24n === 127n : bits === 1n;
}

function isLinkLocalUnicast({ family, bits }: IpAddress): boolean {
  return family === 4 ? bits >> 16n === 0xa9fen : bits >> 118n === 0x3fan;
}

function isGlobalUnicast(address: IpAddress): boolean {
  const { family, bits } = address;
  if (bits === 0n || isLoopback(address) || isLinkLocalUnicast(address)) return false;
  return family === 4 ? bits !== 0xffffffffn && bits >> 28n !== 0xen : bits >> 120n !== 0xffn;
}

function parseIp(text: string): IpAddress {
  const [plain = ''] = text.split('%');
  const address = parseIpAddress(plain);
  if (address === undefined) {
    const detail = `ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
    throw new CelRuntimeError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: ${detail}`,
    );
  }
  if (plain !== text) throw new CelRuntimeError(`IP address ${JSON.stringify(text)} with zone value is not allowed`);
  if (isMappedIpv4(address))
    throw new CelRuntimeError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return address;
}

function parseCidr(text: string): CidrValue {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = parseIpAddress(match?.[1] ?? '');
  const prefix = Number(match?.[2]);
  if (address === undefined || prefix > bitLength(address)) {
    throw new CelRuntimeError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)})`,
    );
  }
  if (isMappedIpv4(address))
    throw new CelRuntimeError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new CidrValue(address, prefix);
}

function containsCidr(network: CidrValue, other: CidrValue): boolean {
  return other.prefix >= network.prefix && network.contains(other.address);
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof CelRuntimeError) return false;
    throw error;
  }
}
