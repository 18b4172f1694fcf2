import {
  type ApiObject,
  deepEqual,
  isInvalid,
  type ResourceInfo,
  type ResourceTable,
  type ServiceCIDR,
} from '@orrery/api';
import { type Host, invariant, type Milliseconds } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { SystemObject, SystemWriter } from '../registry/system-writer.ts';
import { addressInCidr, type Cidr } from '../service-addresses/cidr.ts';
import {
  kubernetesEndpointSlice,
  kubernetesEndpoints,
  kubernetesService,
  kubernetesServiceCidr,
  priorityClasses,
  serviceCidrReady,
  systemNamespaces,
} from './cluster-objects.ts';

/** How long, in all, another API server may take between having the API's address and having made the service. */
const addressAttemptsMax = 50;
const addressRetryDelay: Milliseconds = 100;

export interface BootstrapOptions {
  readonly advertiseAddress: string;
  readonly port: () => number;
  /** Where cluster IPs come from; the API's own is the first address of the first range. */
  readonly serviceCidrs: readonly Cidr[];
}

/** What every cluster has from its first second on. Safe to run again and by several API servers at once. */
export class ClusterBootstrap {
  constructor(
    private readonly table: ResourceTable,
    private readonly writer: SystemWriter,
    private readonly cache: ObjectCache,
    private readonly options: BootstrapOptions,
    private readonly host: Host,
  ) {}

  async start(): Promise<void> {
    const namespaces = this.resource('', 'v1', 'namespaces');
    const classes = this.resource('scheduling.k8s.io', 'v1', 'priorityclasses');
    const made = await Promise.all([
      ...systemNamespaces.map((name) => this.writer.ensure(namespaces, { metadata: { name } })),
      ...priorityClasses.map((object) => this.writer.ensure(classes, object)),
    ]);
    if (made.includes(true)) await this.cache.waitUntilFresh();
    await this.publishApi();
    await this.publishServiceCidr();
  }

  /** `default/kubernetes`: how pods find the API. */
  private async publishApi(): Promise<void> {
    const { advertiseAddress, serviceCidrs, port } = this.options;
    const [primary] = serviceCidrs;
    invariant(primary !== undefined, 'there is a range of cluster IPs');
    const services = this.resource('', 'v1', 'services');
    await Promise.all([
      this.ensureService(services, kubernetesService(addressInCidr(primary, 1), port())),
      this.publish(this.resource('', 'v1', 'endpoints'), kubernetesEndpoints(advertiseAddress, port()), 'subsets'),
      this.publish(
        this.resource('discovery.k8s.io', 'v1', 'endpointslices'),
        kubernetesEndpointSlice(advertiseAddress, port()),
        'endpoints',
      ),
    ]);
  }

  /** `kubernetes`: the range of the cluster IPs, ready unless somebody else has said something about that. */
  private async publishServiceCidr(): Promise<void> {
    const info = this.resource('networking.k8s.io', 'v1', 'servicecidrs');
    const cidrs = this.options.serviceCidrs.map(({ text }) => text);
    const object = kubernetesServiceCidr(cidrs);
    await this.writer.ensure(info, object);
    await this.writer.modify(info, '', object.metadata.name, 'status', ({ object: current }) => {
      const { spec, status } = current as ServiceCIDR;
      const isOurs = deepEqual(spec?.cidrs, cidrs);
      if (!isOurs || status?.conditions?.some(({ type }) => type === 'Ready')) return current;
      const conditions = [...(status?.conditions ?? []), serviceCidrReady(this.host.clock.now())];
      return { ...current, status: { ...status, conditions } } as ApiObject;
    });
  }

  /** Another API server that starts at the same moment may have the address already, and be about to make the service with it. */
  private async ensureService(services: ResourceInfo, service: SystemObject): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.writer.ensure(services, service);
        return;
      } catch (error) {
        if (!isInvalid(error) || attempt === addressAttemptsMax) throw error;
        await this.host.timers.sleep(addressRetryDelay);
      }
    }
  }

  private async publish(info: ResourceInfo, object: SystemObject, field: string): Promise<void> {
    if (await this.writer.ensure(info, object)) return;
    const { name, namespace = '' } = object.metadata;
    await this.writer.modify(info, namespace, name, '', ({ object: current }) => {
      const fields = current as unknown as Record<string, unknown>;
      if (deepEqual(fields[field], object[field]) && deepEqual(fields.ports, object.ports)) return current;
      this.host.logger.info('address of the API has changed', { resource: info.resource });
      return { ...current, ...object, metadata: current.metadata } as ApiObject;
    });
  }

  private resource(group: string, version: string, resource: string): ResourceInfo {
    return this.table.mustFind({ group, version, resource });
  }
}
