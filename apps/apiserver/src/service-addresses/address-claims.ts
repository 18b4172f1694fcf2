import { encodeObject, IPAddress, ipFamilyOf, type ResourceInfo, type ResourceTable, storageKey } from '@orrery/api';
import { formatTime, type Host } from '@orrery/runtime';
import type { KeyValueStore } from '../storage/key-value-store.ts';

/** Who holds an address or port. */
export interface ClaimOwner {
  readonly namespace: string;
  readonly name: string;
}

export interface NodePortClaim extends ClaimOwner {
  readonly port: number;
  readonly claimedAtMs: number;
}

const nodePortPrefix = '/allocations/nodeports/';
const pageMax = 1_000;

/**
 * Who holds which cluster IP and node port. Each claim is a key of its own, made only where there is none, so that no two API servers ever give
 * the same one away. Cluster IPs are claimed by `IPAddress` objects, as upstream does.
 */
export class AddressClaims {
  readonly ipAddresses: ResourceInfo;

  constructor(
    table: ResourceTable,
    private readonly store: KeyValueStore,
    private readonly host: Pick<Host, 'clock' | 'ids'>,
  ) {
    this.ipAddresses = table.mustFind(IPAddress);
  }

  /** False where somebody holds the address. */
  async claimIp(ip: string, owner: ClaimOwner): Promise<boolean> {
    const object = {
      kind: 'IPAddress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: {
        name: ip,
        uid: this.host.ids.uuid(),
        resourceVersion: '',
        creationTimestamp: formatTime(this.host.clock.now()),
        labels: {
          'ipaddress.kubernetes.io/ip-family': ipFamilyOf(ip),
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef: { resource: 'services', namespace: owner.namespace, name: owner.name } },
    };
    return (await this.store.create(this.ipKey(ip), encodeObject(object))).succeeded;
  }

  async releaseIp(ip: string): Promise<void> {
    await this.release(this.ipKey(ip));
  }

  async claimPort(port: number, owner: ClaimOwner): Promise<boolean> {
    const claim: NodePortClaim = { ...owner, port, claimedAtMs: this.host.clock.now() };
    const value = new TextEncoder().encode(JSON.stringify(claim));
    return (await this.store.create(`${nodePortPrefix}${port}`, value)).succeeded;
  }

  async releasePort(port: number): Promise<void> {
    await this.release(`${nodePortPrefix}${port}`);
  }

  async claimedPorts(): Promise<NodePortClaim[]> {
    const claims: NodePortClaim[] = [];
    let from = nodePortPrefix;
    for (;;) {
      const page = await this.store.page({ prefix: nodePortPrefix, from, limit: pageMax });
      for (const { value } of page.items) claims.push(JSON.parse(Buffer.from(value).toString('utf8')) as NodePortClaim);
      const last = page.items[page.items.length - 1];
      if (!page.more || last === undefined) return claims;
      from = `${last.key}\0`;
    }
  }

  private ipKey(ip: string): string {
    return storageKey(this.ipAddresses, '', ip);
  }

  private async release(key: string): Promise<void> {
    const { stored } = await this.store.get(key);
    if (stored !== undefined) await this.store.delete(key, stored.modRevision);
  }
}
