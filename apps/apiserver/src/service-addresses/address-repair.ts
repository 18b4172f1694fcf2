import { type IPAddress, type ResourceInfo, type ResourceTable, Service, storageKey } from '@orrery/api';
import { type Host, parseTime, type Timer } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { AddressClaims, ClaimOwner } from './address-claims.ts';
import { heldBy } from './service-plan.ts';

const intervalMs = 3 * 60_000;
/** A claim this young may belong to a Service that is being written. */
const graceMs = 60_000;

/** Brings claims and Services together again after a crash between the two: lost claims are made, orphaned ones given back. */
export class AddressRepair {
  private readonly services: ResourceInfo;
  private timer: Timer | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    table: ResourceTable,
    private readonly claims: AddressClaims,
    private readonly cache: ObjectCache,
    private readonly host: Host,
  ) {
    this.services = table.mustFind(Service);
  }

  start(): void {
    this.runSafely();
    this.timer = this.host.timers.every(intervalMs, () => this.runSafely());
  }

  async stop(): Promise<void> {
    this.timer?.cancel();
    this.timer = undefined;
    await this.running;
  }

  async run(): Promise<void> {
    await this.repairIps();
    await this.repairPorts();
  }

  private runSafely(): void {
    this.running = this.running
      .then(() => this.run())
      .catch((error: unknown) => this.host.logger.warn('service addresses could not be checked', { error }));
  }

  private async repairIps(): Promise<void> {
    const claimed = this.cache.resource('networking.k8s.io', 'ipaddresses').range('');
    const known = new Set(claimed.map(({ object }) => object.metadata.name));
    for (const { object } of this.cache.resource('', 'services').range('')) {
      for (const ip of heldBy(object as Service).ips) {
        if (!known.has(ip)) await this.claims.claimIp(ip, ownerOf(object as Service));
      }
    }
    for (const { object } of claimed) {
      const { parentRef } = (object as IPAddress).spec;
      if (parentRef?.resource !== 'services' || this.isYoung(parseTime(object.metadata.creationTimestamp))) continue;
      const service = this.service({ namespace: parentRef.namespace ?? '', name: parentRef.name ?? '' });
      if (service === undefined || !heldBy(service).ips.includes(object.metadata.name)) {
        await this.claims.releaseIp(object.metadata.name);
      }
    }
  }

  private async repairPorts(): Promise<void> {
    const claimed = await this.claims.claimedPorts();
    const known = new Set(claimed.map(({ port }) => port));
    for (const { object } of this.cache.resource('', 'services').range('')) {
      for (const port of heldBy(object as Service).ports) {
        if (!known.has(port)) await this.claims.claimPort(port, ownerOf(object as Service));
      }
    }
    for (const claim of claimed) {
      const service = this.service(claim);
      if (this.isYoung(claim.claimedAtMs) || (service && heldBy(service).ports.includes(claim.port))) continue;
      await this.claims.releasePort(claim.port);
    }
  }

  private service({ namespace, name }: ClaimOwner): Service | undefined {
    const key = storageKey(this.services, namespace, name);
    return this.cache.resource('', 'services').get(key)?.object as Service | undefined;
  }

  private isYoung(atMs: number | undefined): boolean {
    return atMs !== undefined && this.host.clock.now() - atMs < graceMs;
  }
}

function ownerOf(service: Service): ClaimOwner {
  return { namespace: service.metadata.namespace ?? '', name: service.metadata.name };
}
