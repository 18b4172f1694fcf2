import { type ApiObject, invalid, invalidValue, type ResourceInfo, type Service } from '@orrery/api';
import type { Undo, WriteHook } from '../registry/write-hook.ts';
import { type AddressAllocator, AllocationError } from './address-allocator.ts';
import type { AddressClaims, ClaimOwner } from './address-claims.ts';
import { alignClusterIps, hasClusterIp, hasNodePorts, heldBy, isHeadless, keepAllocated } from './service-plan.ts';

/** Gives Services their cluster IPs and node ports before they are written, and takes them back after. */
export class ServiceAddressHook implements WriteHook {
  constructor(
    private readonly allocator: AddressAllocator,
    private readonly claims: AddressClaims,
  ) {}

  async beforeCreate(info: ResourceInfo, object: ApiObject): Promise<readonly Undo[]> {
    return isService(info) ? this.allocate(info, object as Service, { ips: [], ports: [] }) : [];
  }

  async beforeUpdate(info: ResourceInfo, object: ApiObject, old: ApiObject): Promise<readonly Undo[]> {
    if (!isService(info)) return [];
    keepAllocated(object as Service, old as Service);
    return this.allocate(info, object as Service, heldBy(old as Service));
  }

  async afterUpdate(info: ResourceInfo, object: ApiObject, old: ApiObject): Promise<void> {
    if (!isService(info)) return;
    const kept = heldBy(object as Service);
    const before = heldBy(old as Service);
    await this.release({
      ips: before.ips.filter((ip) => !kept.ips.includes(ip)),
      ports: before.ports.filter((port) => !kept.ports.includes(port)),
    });
  }

  async afterDelete(info: ResourceInfo, object: ApiObject): Promise<void> {
    if (isService(info)) await this.release(heldBy(object as Service));
  }

  private async release({ ips, ports }: { ips: readonly string[]; ports: readonly number[] }): Promise<void> {
    for (const ip of ips) await this.claims.releaseIp(ip);
    for (const port of ports) await this.claims.releasePort(port);
  }

  /** Claims what the Service wants beyond what it holds. On failure nothing stays claimed. */
  private async allocate(
    info: ResourceInfo,
    service: Service,
    held: { readonly ips: readonly string[]; readonly ports: readonly number[] },
  ): Promise<Undo[]> {
    const undo: Undo[] = [];
    const { namespace = '', name } = service.metadata;
    const owner = { namespace, name };
    alignClusterIps(service);
    try {
      await this.allocateIp(service, owner, held.ips, undo);
      await this.allocatePorts(service, owner, held.ports, undo);
      return undo;
    } catch (error) {
      for (const step of undo.reverse()) await step();
      if (error instanceof FieldFailure)
        throw invalid(info, name, [invalidValue(error.field, error.value, error.message)]);
      throw error;
    }
  }

  private async allocateIp(service: Service, owner: ClaimOwner, held: readonly string[], undo: Undo[]): Promise<void> {
    const { spec } = service;
    if (!hasClusterIp(service) || isHeadless(service)) return;
    const wanted = spec.clusterIP ?? '';
    if (wanted !== '' && held.includes(wanted)) return;
    const ip = await allocation('spec.clusterIPs', wanted === '' ? [] : [wanted], async () => {
      if (wanted === '') return this.allocator.anyIp(owner);
      await this.allocator.takeIp(wanted, owner);
      return wanted;
    });
    undo.push(() => this.claims.releaseIp(ip));
    spec.clusterIP = ip;
    spec.clusterIPs = [ip];
  }

  private async allocatePorts(
    service: Service,
    owner: ClaimOwner,
    held: readonly number[],
    undo: Undo[],
  ): Promise<void> {
    const own = new Set(held);
    const needed = hasNodePorts(service);
    for (const [index, port] of (service.spec.ports ?? []).entries()) {
      const wanted = port.nodePort ?? 0;
      if (wanted === 0 && !needed) continue;
      // TCP and UDP of one Service may share a number.
      if (wanted !== 0 && own.has(wanted)) continue;
      const got = await allocation(`spec.ports[${index}].nodePort`, wanted, async () => {
        if (wanted === 0) return this.allocator.anyPort(owner);
        await this.allocator.takePort(wanted, owner);
        return wanted;
      });
      undo.push(() => this.claims.releasePort(got));
      own.add(got);
      port.nodePort = got;
    }
  }
}

/** An allocation that failed, with the field that asked for it. */
class FieldFailure extends Error {
  override readonly name = 'FieldFailure';
  constructor(
    readonly field: string,
    readonly value: unknown,
    cause: AllocationError,
  ) {
    super(cause.message, { cause });
  }
}

async function allocation<T>(field: string, value: unknown, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AllocationError ? new FieldFailure(field, value, error) : error;
  }
}

function isService(info: ResourceInfo): boolean {
  return info.group === '' && info.resource === 'services';
}
