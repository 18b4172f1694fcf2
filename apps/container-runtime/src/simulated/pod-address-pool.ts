import { CriError } from '@orrery/cri';

/**
 * The IPv4 addresses of one node's pods: unique while in use, the next after the last one given before one that was given back, so that
 * an address rests before it is used again. The first is the gateway's and the last the broadcast's.
 */
export class PodAddressPool {
  private readonly inUse = new Set<number>();
  private readonly first: number;
  private readonly count: number;
  private next = 0;

  constructor(readonly podCidr: string) {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(podCidr);
    if (!match) throw new CriError('invalidArgument', `pod CIDR "${podCidr}" is not an IPv4 range`);
    const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
    this.first = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    this.count = 2 ** (32 - bits);
  }

  take(): string {
    const usable = this.count - 3;
    for (let tried = 0; tried < usable; tried++) {
      const offset = 2 + this.next;
      this.next = (this.next + 1) % usable;
      if (this.inUse.has(offset)) continue;
      this.inUse.add(offset);
      return format(this.first + offset);
    }
    throw new CriError(
      'unknown',
      `failed to setup network for sandbox: no IP addresses available in range set: ${this.podCidr}`,
    );
  }

  giveBack(address: string): void {
    for (const offset of this.inUse) {
      if (format(this.first + offset) !== address) continue;
      this.inUse.delete(offset);
      return;
    }
  }
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
