import {
  type ApiObject,
  type FieldError,
  type IpFamily,
  internal,
  invalid,
  invalidValue,
  needsClusterIp,
  type ResourceInfo,
  type Service,
  validateClusterIps,
} from '@orrery/api';
import type { Undo, WriteHook } from '../registry/write-hook.ts';
import { type AddressAllocator, AllocationError } from './address-allocator.ts';
import type { AddressClaims, ClaimOwner } from './address-claims.ts';
import { settleIpFamilies } from './service-ip-families.ts';
import { type HeldAddresses, heldBy, wantsHealthCheckPort, wantsNodePorts } from './service-plan.ts';

/** Gives Services their cluster IPs and node ports before they are written, and takes them back after. */
export class ServiceAddressHook implements WriteHook {
  constructor(
    private readonly allocator: AddressAllocator,
    private readonly claims: AddressClaims,
  ) {}

  async beforeCreate(info: ResourceInfo, object: ApiObject): Promise<readonly Undo[]> {
    return isService(info) ? this.allocate(info, object as Service, undefined) : [];
  }

  async beforeUpdate(info: ResourceInfo, object: ApiObject, old: ApiObject): Promise<readonly Undo[]> {
    return isService(info) ? this.allocate(info, object as Service, old as Service) : [];
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

  private async release({ ips, ports }: HeldAddresses): Promise<void> {
    for (const ip of ips) await this.claims.releaseIp(ip);
    for (const port of ports) await this.claims.releasePort(port);
  }

  /** Claims what the Service wants beyond what it holds. On failure nothing stays claimed. */
  private async allocate(info: ResourceInfo, service: Service, old: Service | undefined): Promise<Undo[]> {
    const { namespace = '', name } = service.metadata;
    const refuse = (findings: readonly FieldError[]) => {
      if (findings.length > 0) throw invalid(info, name, findings);
    };
    if (needsClusterIp(service.spec)) {
      // Upstream looks at addresses before it gives any away, and at the rest of the Service only then.
      refuse(validateClusterIps(service.spec));
      refuse(settleIpFamilies(service, old, this.allocator.families));
    }
    const held = old === undefined ? { ips: [], ports: [] } : heldBy(old);
    const work = new Allocation(service, { namespace, name }, held, this.allocator, this.claims);
    try {
      await work.run();
      return work.undo;
    } catch (error) {
      for (const step of work.undo.reverse()) await step();
      if (error instanceof FieldFailure) refuse([invalidValue(error.field, error.value, error.message)]);
      throw error instanceof AllocationError ? internal(error) : error;
    }
  }
}

/** The claims of one write of a Service, with what takes each back. */
class Allocation {
  readonly undo: Undo[] = [];
  private readonly ownPorts: Set<number>;

  constructor(
    private readonly service: Service,
    private readonly owner: ClaimOwner,
    private readonly held: HeldAddresses,
    private readonly allocator: AddressAllocator,
    private readonly claims: AddressClaims,
  ) {
    this.ownPorts = new Set(held.ports);
  }

  async run(): Promise<void> {
    await this.clusterIps();
    await this.nodePorts();
    await this.healthCheckPort();
  }

  private async clusterIps(): Promise<void> {
    const { spec } = this.service;
    if (!needsClusterIp(spec) || spec.clusterIP === 'None') return;
    const wanted = spec.clusterIPs ?? [];
    const ips: string[] = [];
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      const ip = wanted[i] ?? '';
      ips.push(this.held.ips.includes(ip) ? ip : await this.claimIp(ip, family as IpFamily, wanted));
    }
    if (ips.length === 0) return;
    spec.clusterIPs = ips;
    spec.clusterIP = ips[0];
  }

  private async claimIp(wanted: string, family: IpFamily, all: readonly string[]): Promise<string> {
    if (wanted !== '') await asField('spec.clusterIPs', all, () => this.allocator.takeIp(wanted, this.owner));
    const ip = wanted === '' ? await this.allocator.anyIp(family, this.owner) : wanted;
    this.undo.push(() => this.claims.releaseIp(ip));
    return ip;
  }

  /** Ports of one Service with the same number (TCP and UDP) share a port of the nodes, as upstream does. */
  private async nodePorts(): Promise<void> {
    const { ports = [], type } = this.service.spec;
    if (type !== 'NodePort' && type !== 'LoadBalancer') return;
    const wantsAny = wantsNodePorts(this.service);
    const ofNumber = new Map<number, number>();
    for (const { port, nodePort } of ports) if (nodePort && !ofNumber.has(port)) ofNumber.set(port, nodePort);
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort && !wantsAny) continue;
      const shared = this.held.ports.length === 0 ? ofNumber.get(port.port) : undefined;
      port.nodePort = await this.claimPort(port.nodePort || (shared ?? 0), `spec.ports[${i}].nodePort`);
      ofNumber.set(port.port, port.nodePort);
    }
  }

  private async healthCheckPort(): Promise<void> {
    if (!wantsHealthCheckPort(this.service)) return;
    const { spec } = this.service;
    const wanted = spec.healthCheckNodePort ?? 0;
    try {
      spec.healthCheckNodePort = await this.claimPort(wanted, 'spec.healthCheckNodePort');
    } catch (error) {
      if (!(error instanceof FieldFailure)) throw error;
      // Upstream has no field to blame here.
      throw new AllocationError(`failed to allocate requested HealthCheck NodePort ${wanted}: ${error.message}`);
    }
  }

  private async claimPort(wanted: number, field: string): Promise<number> {
    if (wanted !== 0 && this.ownPorts.has(wanted)) return wanted;
    if (wanted !== 0) await asField(field, wanted, () => this.allocator.takePort(wanted, this.owner));
    const port = wanted === 0 ? await this.allocator.anyPort(this.owner) : wanted;
    this.undo.push(() => this.claims.releasePort(port));
    this.ownPorts.add(port);
    return port;
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

async function asField(field: string, value: unknown, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw error instanceof AllocationError ? new FieldFailure(field, value, error) : error;
  }
}

function isService(info: ResourceInfo): boolean {
  return info.group === '' && info.resource === 'services';
}
