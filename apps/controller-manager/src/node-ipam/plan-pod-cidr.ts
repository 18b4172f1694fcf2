/** Splits the cluster's pod range into one /24 a node. */
export function freePodCidr(clusterCidr: string, taken: ReadonlySet<string>): string | undefined {
  const [address = '', length = ''] = clusterCidr.split('/');
  const base = toNumber(address);
  const blocks = 2 ** (nodeMaskSize - Number(length));
  for (let index = 0; index < blocks; index++) {
    const cidr = `${toAddress(base + index * 256)}/${nodeMaskSize}`;
    if (!taken.has(cidr)) return cidr;
  }
  return undefined;
}

const nodeMaskSize = 24;

function toNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
