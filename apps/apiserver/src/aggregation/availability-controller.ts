import type { APIService, ResourceInfo } from '@orrery/api';
import { formatTime, type Host, type Milliseconds } from '@orrery/runtime';
import type { MetricsRegistry } from '@orrery/service';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { CacheEvent } from '../cache/resource-cache.ts';
import type { SystemWriter } from '../registry/system-writer.ts';
import { connectionProblem } from '../webhooks/connection-problem.ts';
import type { ServiceResolver } from '../webhooks/service-resolver.ts';
import { type ApiServices, apiRegistrationGroup, isRemote, type RemoteApiService } from './api-services.ts';
import {
  type Availability,
  conditionsOf,
  failedDiscovery,
  localAvailability,
  passed,
  serviceProblem,
  withAvailability,
} from './availability.ts';
import { CacheFollower } from './cache-follower.ts';
import type { RemoteApiServers } from './remote-api-server.driver.ts';
import { WorkLoop } from './work-loop.ts';

const checkTimeout: Milliseconds = 5_000;
const checkInterval: Milliseconds = 30_000;
const retryDelay: Milliseconds = 1_000;
const serviceNameLabel = 'kubernetes.io/service-name';

/** Where the parts of this controller come from. */
export interface AvailabilityDependencies {
  readonly info: ResourceInfo;
  readonly services: ApiServices;
  readonly resolver: ServiceResolver;
  readonly servers: RemoteApiServers;
  readonly writer: SystemWriter;
  readonly cache: ObjectCache;
  readonly metrics: MetricsRegistry;
  readonly host: Host;
}

/** Keeps the `Available` condition of every APIService: what is served here is available, others are asked. */
export class AvailabilityController {
  private readonly loop: WorkLoop;
  private readonly follower: CacheFollower;
  private readonly unavailable;
  /** By name: as many as there are APIServices. */
  private found = new Map<string, Availability>();

  constructor(private readonly parts: AvailabilityDependencies) {
    const { cache, host, metrics } = parts;
    this.unavailable = metrics.counter({
      name: 'aggregator_unavailable_apiservice_total',
      help: 'Counter of APIServices which are marked as unavailable broken down by APIService name and reason.',
      labels: ['name', 'reason'],
    });
    const help = 'Gauge of APIServices which are marked as unavailable broken down by APIService name.';
    metrics.computed('gauge', { name: 'aggregator_unavailable_apiservice', help, labels: ['name'] }, () =>
      [...this.found].map(([name, { status }]) => [[name], status === 'True' ? 0 : 1] as const),
    );
    const options = { name: 'availability of API services', interval: checkInterval, retryDelay };
    this.loop = new WorkLoop(() => this.check(), options, host.timers, host.logger);
    this.follower = new CacheFollower(
      cache,
      [
        { group: apiRegistrationGroup, resource: 'apiservices' },
        { group: '', resource: 'services', concerns: (event) => this.isBehind(event, nameOf(event)) },
        {
          group: 'discovery.k8s.io',
          resource: 'endpointslices',
          concerns: (event) => this.isBehind(event, event.current.object.metadata.labels?.[serviceNameLabel] ?? ''),
        },
      ],
      () => this.loop.wake(),
    );
  }

  start(): void {
    this.follower.start();
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.follower.stop();
    await this.loop.stop();
  }

  /** False where a remote server has not answered: it may come up any moment. */
  private async check(): Promise<boolean> {
    const found = new Map<string, Availability>();
    const checks = this.parts.services.list().map(async (service) => {
      const availability = isRemote(service) ? await this.remote(service) : localAvailability;
      found.set(service.metadata.name, availability);
      this.count(service.metadata.name, availability);
      await this.publish(service, availability);
      return availability.reason !== 'FailedDiscoveryCheck';
    });
    const settled = (await Promise.all(checks)).every(Boolean);
    this.found = found;
    return settled;
  }

  /** Each time that a service becomes unavailable counts, not each time that it still is. */
  private count(name: string, { status, reason }: Availability): void {
    if (status === 'False' && this.found.get(name)?.status !== 'False') this.unavailable.of(name, reason).add();
  }

  private async remote(service: RemoteApiService): Promise<Availability> {
    const { resolver } = this.parts;
    const { name, namespace } = service.spec.service;
    const problem = serviceProblem(service, resolver.service(namespace, name), resolver.slices(namespace, name));
    return problem ?? this.discovery(service);
  }

  /** Does the server show the group version? Its certificate does not matter here, as it does not upstream. */
  private async discovery(service: RemoteApiService): Promise<Availability> {
    const { servers } = this.parts;
    const { group, version } = service.spec;
    const path = `/apis/${group}/${version}`;
    let url = path;
    try {
      const authority = servers.resolve(service);
      url = `https://${authority.host}:${authority.port}${path}`;
      const { status } = await servers.get(service, authority, path, {}, checkTimeout, { verified: false });
      if (status >= 200 && status < 300) return passed;
      return failedDiscovery(`failing or missing response from ${url}: bad status from ${url}: ${status}`);
    } catch (error) {
      const reason = `Get ${JSON.stringify(url)}: ${connectionProblem(error)}`;
      return failedDiscovery(`failing or missing response from ${url}: ${reason}`);
    }
  }

  private async publish(service: APIService, availability: Availability): Promise<void> {
    const { info, writer, host } = this.parts;
    const now = formatTime(host.clock.now());
    if (withAvailability(conditionsOf(service), availability, now) === conditionsOf(service)) return;
    await writer.modify(info, '', service.metadata.name, 'status', ({ object }) => {
      const current = object as APIService;
      const conditions = [...withAvailability(conditionsOf(current), availability, now)];
      return { ...current, status: { ...current.status, conditions } };
    });
  }

  private isBehind({ current }: CacheEvent, name: string): boolean {
    const { namespace } = current.object.metadata;
    return this.parts.services
      .remotes()
      .some(({ spec }) => spec.service.name === name && spec.service.namespace === namespace);
  }
}

function nameOf({ current }: CacheEvent): string {
  return current.object.metadata.name;
}
