import { type IpFamily, ipFamilyOf } from '@orrery/api';
import type { Random } from '@orrery/runtime';
import type { AddressClaims, ClaimOwner } from './address-claims.ts';
import { addressInCidr, type Cidr, lastOffset, offsetInCidr } from './cidr.ts';

/** Addresses at the start of the range are left to those who ask for a certain one, as upstream does: a 16th, within these bounds. */
const staticBandMin = 16;
const staticBandMax = 256;
/** Of a larger range only so many addresses are given to those who ask for any. */
const offsetMax = 2 ** 32;
/** Random picks before the range is searched from end to end. */
const randomPicksMax = 32;

/** Why an address or port cannot be had; the text is upstream's. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
}

/** Gives cluster IPs and node ports away. */
export class AddressAllocator {
  constructor(
    private readonly claims: AddressClaims,
    /** One, or one of each family. */
    private readonly ranges: readonly Cidr[],
    private readonly ports: { readonly from: number; readonly to: number },
    private readonly random: Random,
  ) {}

  /** The families that the cluster has; the first one is the default. */
  get families(): readonly IpFamily[] {
    return this.ranges.map(({ family }) => family);
  }

  /** Throws `AllocationError`. */
  async takeIp(ip: string, owner: ClaimOwner): Promise<void> {
    const range = this.rangeOf(ipFamilyOf(ip));
    const offset = offsetInCidr(range, ip);
    if (offset === undefined || offset < 1n || offset > lastOffset(range)) {
      throw new AllocationError(
        `failed to allocate IP ${ip}: the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${range.text}`,
      );
    }
    if (await this.claims.claimIp(ip, owner)) return;
    throw new AllocationError(`failed to allocate IP ${ip}: provided IP is already allocated`);
  }

  async anyIp(family: IpFamily, owner: ClaimOwner): Promise<string> {
    const range = this.rangeOf(family);
    const size = Math.min(Number(range.size), offsetMax);
    const band = Math.min(Math.max(staticBandMin, Math.floor(size / 16)), staticBandMax);
    const from = size > band * 2 ? 1 + band : 1;
    const to = Math.min(Number(lastOffset(range)), offsetMax);
    const offset = await this.search(from, to, (candidate) =>
      this.claims.claimIp(addressInCidr(range, candidate), owner),
    );
    if (offset !== undefined) return addressInCidr(range, offset);
    throw new AllocationError('failed to allocate a serviceIP: range is full');
  }

  private rangeOf(family: IpFamily): Cidr {
    const range = this.ranges.find((one) => one.family === family);
    if (range !== undefined) return range;
    throw new AllocationError(`failed to allocate a serviceIP: ${family} is not configured on this cluster`);
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
