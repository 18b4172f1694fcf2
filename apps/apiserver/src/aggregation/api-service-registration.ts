import {
  type APIService,
  type CustomResourceDefinition,
  type GroupVersion,
  isNotFound,
  type ResourceInfo,
  type ResourceTable,
} from '@orrery/api';
import type { Host, Milliseconds } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { SystemObject, SystemWriter } from '../registry/system-writer.ts';
import { type ApiServicePriority, builtInPriority, customPriority } from './api-service-priorities.ts';
import type { ApiServices } from './api-services.ts';
import { CacheFollower } from './cache-follower.ts';
import { WorkLoop } from './work-loop.ts';

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';
const checkInterval: Milliseconds = 5 * 60_000;
const retryDelay: Milliseconds = 1_000;

export interface RegistrationDependencies {
  readonly table: ResourceTable;
  readonly info: ResourceInfo;
  readonly services: ApiServices;
  readonly writer: SystemWriter;
  readonly cache: ObjectCache;
  readonly host: Host;
}

/**
 * Registers what this server serves as APIServices: built-in group versions once, at the start, so that an administrator may replace them; those of
 * CustomResourceDefinitions for as long as they exist.
 */
export class ApiServiceRegistration {
  private readonly loop: WorkLoop;
  private readonly follower: CacheFollower;
  private builtInDone = false;

  constructor(private readonly parts: RegistrationDependencies) {
    const { cache, host } = parts;
    const options = { name: 'registration of API services', interval: checkInterval, retryDelay };
    this.loop = new WorkLoop(() => this.run(), options, host.timers, host.logger);
    const definitions = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' };
    this.follower = new CacheFollower(cache, [definitions], () => this.loop.wake());
  }

  start(): void {
    this.follower.start();
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.follower.stop();
    await this.loop.stop();
  }

  private async run(): Promise<boolean> {
    const { table, services, info, writer } = this.parts;
    if (!this.builtInDone) {
      const builtIn = table.groupVersions().flatMap((groupVersion) => {
        const priority = builtInPriority(groupVersion);
        return priority === undefined ? [] : [localApiService(groupVersion, priority, 'onstart')];
      });
      await this.ensure(builtIn);
      this.builtInDone = true;
    }
    const custom = this.customGroupVersions();
    await this.ensure(custom.map((groupVersion) => localApiService(groupVersion, customPriority, 'true')));
    const wanted = new Set(custom.map(nameOf));
    const gone = services.list().filter((service) => isManaged(service) && !wanted.has(service.metadata.name));
    for (const { metadata } of gone) {
      await writer.delete(info, '', metadata.name).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
    return true;
  }

  private async ensure(services: readonly SystemObject[]): Promise<void> {
    const { info, writer } = this.parts;
    await Promise.all(services.map((service) => writer.ensure(info, service)));
  }

  /** Of definitions whose resources are served. */
  private customGroupVersions(): GroupVersion[] {
    const definitions = this.parts.cache.resource('apiextensions.k8s.io', 'customresourcedefinitions').range('');
    const all = definitions
      .map(({ object }) => object as CustomResourceDefinition)
      .filter(({ status }) => (status?.conditions ?? []).some(isEstablished))
      .flatMap(({ spec }) =>
        spec.versions.filter(({ served }) => served).map(({ name }) => ({ group: spec.group, version: name })),
      );
    return [...new Map(all.map((groupVersion) => [nameOf(groupVersion), groupVersion])).values()];
  }
}

function localApiService(
  groupVersion: GroupVersion,
  priority: ApiServicePriority,
  managed: 'onstart' | 'true',
): SystemObject {
  return {
    metadata: { name: nameOf(groupVersion), labels: { [managedLabel]: managed } } as SystemObject['metadata'],
    spec: { ...groupVersion, groupPriorityMinimum: priority.group, versionPriority: priority.version },
  };
}

function nameOf({ group, version }: GroupVersion): string {
  return `${version}.${group}`;
}

function isManaged({ metadata }: APIService): boolean {
  return metadata.labels?.[managedLabel] === 'true';
}

function isEstablished({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return type === 'Established' && status === 'True';
}
