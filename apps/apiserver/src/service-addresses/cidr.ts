/** An IPv4 range as numbers: `first` is the network address. */
export interface Cidr {
  readonly first: number;
  readonly size: number;
}

/** Reads `10.96.0.0/12`. Throws for what is no IPv4 range. */
export function parseCidr(text: string): Cidr {
  const [address = '', bits = ''] = text.split('/');
  const number = ipv4Number(address);
  const length = Number(bits);
  if (number === undefined || bits === '' || !Number.isInteger(length) || length < 0 || length > 32) {
    throw new RangeError(`${text} is not an IPv4 CIDR`);
  }
  const size = 2 ** (32 - length);
  return { first: number - (number % size), size };
}

/** The address as a number, or `undefined` where the text is none. */
export function ipv4Number(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

export function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** The address at `offset` in a range: 1 is the first that can be used. */
export function addressInCidr(cidr: string, offset: number): string {
  return ipv4Text(parseCidr(cidr).first + offset);
}
