import { type ApiObject, deepEqual, isInvalid, type ResourceInfo, type ResourceTable } from '@orrery/api';
import { type Host, invariant, type Milliseconds } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { SystemObject, SystemWriter } from '../registry/system-writer.ts';
import {
  kubernetesEndpointSlice,
  kubernetesEndpoints,
  kubernetesService,
  priorityClasses,
  systemNamespaces,
} from './cluster-objects.ts';

/** How long, in all, another API server may take between having the API's address and having made the service. */
const addressAttemptsMax = 50;
const addressRetryDelay: Milliseconds = 100;

export interface BootstrapOptions {
  readonly advertiseAddress: string;
  readonly port: () => number;
  /** The API's own cluster IP. */
  readonly clusterIp: string;
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
  }

  /** `default/kubernetes`: how pods find the API. */
  private async publishApi(): Promise<void> {
    const { advertiseAddress, clusterIp, port } = this.options;
    const services = this.resource('', 'v1', 'services');
    await Promise.all([
      this.ensureService(services, kubernetesService(clusterIp, port())),
      this.publish(this.resource('', 'v1', 'endpoints'), kubernetesEndpoints(advertiseAddress, port()), 'subsets'),
      this.publish(
        this.resource('discovery.k8s.io', 'v1', 'endpointslices'),
        kubernetesEndpointSlice(advertiseAddress, port()),
        'endpoints',
      ),
    ]);
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
    const info = this.table.find(group, version, resource);
    invariant(info !== undefined, `${group}/${version} ${resource} is not in the resource table`);
    return info;
  }
}
