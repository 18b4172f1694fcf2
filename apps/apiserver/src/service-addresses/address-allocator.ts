import type { Random } from '@orrery/runtime';
import type { AddressClaims, ClaimOwner } from './address-claims.ts';
import { type Cidr, ipv4Number, ipv4Text, parseCidr } from './cidr.ts';

/** Addresses at the start of the range are left to those who ask for a certain one, as upstream does: a 16th, within these bounds. */
const staticBandMin = 16;
const staticBandMax = 256;
/** Random picks before the range is searched from end to end. */
const randomPicksMax = 32;

/** Why an address or port cannot be had; the text is upstream's. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}

/** Gives cluster IPs and node ports away. */
export class AddressAllocator {
  private readonly range: Cidr;

  constructor(
    private readonly claims: AddressClaims,
    private readonly cidr: string,
    private readonly ports: { readonly from: number; readonly to: number },
    private readonly random: Random,
  ) {
    this.range = parseCidr(cidr);
  }

  /** Throws `AllocationError`. */
  async takeIp(ip: string, owner: ClaimOwner): Promise<void> {
    const number = ipv4Number(ip);
    const { first, size } = this.range;
    if (number === undefined || number <= first || number >= first + size - 1) {
      const range = `The range of valid IPs is ${this.cidr}`;
      throw new AllocationError(
        `failed to allocate IP ${ip}: the provided IP (${ip}) is not in the valid range. ${range}`,
      );
    }
    if (await this.claims.claimIp(ip, owner)) return;
    throw new AllocationError(`failed to allocate IP ${ip}: provided IP is already allocated`);
  }

  async anyIp(owner: ClaimOwner): Promise<string> {
    const { first, size } = this.range;
    const band = Math.min(Math.max(staticBandMin, Math.floor(size / 16)), staticBandMax);
    const from = size > band * 2 ? first + 1 + band : first + 1;
    const number = await this.search(from, first + size - 2, (candidate) =>
      this.claims.claimIp(ipv4Text(candidate), owner),
    );
    if (number !== undefined) return ipv4Text(number);
    throw new AllocationError('failed to allocate a serviceIP: range is full');
  }

  async takePort(port: number, owner: ClaimOwner): Promise<void> {
    const { from, to } = this.ports;
    if (port < from || port > to) {
      throw new AllocationError(`provided port is not in the valid range. The range of valid ports is ${from}-${to}`);
    }
    if (!(await this.claims.claimPort(port, owner))) throw new AllocationError('provided port is already allocated');
  }

  async anyPort(owner: ClaimOwner): Promise<number> {
    const { from, to } = this.ports;
    const port = await this.search(from, to, (candidate) => this.claims.claimPort(candidate, owner));
    if (port !== undefined) return port;
    throw new AllocationError('failed to allocate a nodePort: range is full');
  }

  /** A free number in `from`..`to`: some at random first, then all in order. */
  private async search(
    from: number,
    to: number,
    claim: (candidate: number) => Promise<boolean>,
  ): Promise<number | undefined> {
    for (let pick = 0; pick < randomPicksMax; pick += 1) {
      const candidate = from + this.random.integer(to - from + 1);
      if (await claim(candidate)) return candidate;
    }
    for (let candidate = from; candidate <= to; candidate += 1) {
      if (await claim(candidate)) return candidate;
    }
    return undefined;
  }
}
