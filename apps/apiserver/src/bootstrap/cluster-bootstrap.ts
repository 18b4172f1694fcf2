import { type ApiObject, deepEqual, type ResourceInfo, type ResourceTable } from '@orrery/api';
import { invariant, type Logger } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { SystemObject, SystemWriter } from '../registry/system-writer.ts';
import {
  kubernetesEndpointSlice,
  kubernetesEndpoints,
  kubernetesService,
  priorityClasses,
  systemNamespaces,
} from './cluster-objects.ts';

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
    private readonly logger: Logger,
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
      this.writer.ensure(services, kubernetesService(clusterIp, port())),
      this.publish(this.resource('', 'v1', 'endpoints'), kubernetesEndpoints(advertiseAddress, port()), 'subsets'),
      this.publish(
        this.resource('discovery.k8s.io', 'v1', 'endpointslices'),
        kubernetesEndpointSlice(advertiseAddress, port()),
        'endpoints',
      ),
    ]);
  }

  private async publish(info: ResourceInfo, object: SystemObject, field: string): Promise<void> {
    if (await this.writer.ensure(info, object)) return;
    const { name, namespace = '' } = object.metadata;
    await this.writer.modify(info, namespace, name, '', ({ object: current }) => {
      const fields = current as unknown as Record<string, unknown>;
      if (deepEqual(fields[field], object[field]) && deepEqual(fields.ports, object.ports)) return current;
      this.logger.info('address of the API has changed', { resource: info.resource });
      return { ...current, ...object, metadata: current.metadata } as ApiObject;
    });
  }

  private resource(group: string, version: string, resource: string): ResourceInfo {
    const info = this.table.find(group, version, resource);
    invariant(info !== undefined, `${group}/${version} ${resource} is not in the resource table`);
    return info;
  }
}
