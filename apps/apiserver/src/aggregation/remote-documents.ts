import type { ApiGroupDiscovery, ApiResourceDiscovery } from '@orrery/api';
import type { Host, Milliseconds } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import { isRecord } from '../registry/json-object.ts';
import { type ApiServices, apiRegistrationGroup, isAvailable, type RemoteApiService } from './api-services.ts';
import { CacheFollower } from './cache-follower.ts';
import { discoveredResources } from './legacy-discovery.ts';
import type { OpenApiV2Document } from './merged-open-api.ts';
import type { RemoteApiServers } from './remote-api-server.driver.ts';
import { WorkLoop } from './work-loop.ts';

const refreshInterval: Milliseconds = 60_000;
const retryDelay: Milliseconds = 1_000;
const fetchTimeout: Milliseconds = 5_000;
const aggregatedForms = ['v2', 'v2beta1'].map(
  (version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
);

/** What an extension API server says of itself. */
export interface RemoteDocument {
  readonly resources: readonly ApiResourceDiscovery[];
  /** The path under which it serves the OpenAPI v3 document of the group version; `undefined`: it has none. */
  readonly openApiV3: string | undefined;
  readonly openApiV2: OpenApiV2Document | undefined;
  /** False where it did not answer when it was asked last. */
  readonly current: boolean;
}

const nothing: RemoteDocument = { resources: [], openApiV3: undefined, openApiV2: undefined, current: false };

/** Keeps the discovery and OpenAPI documents of all extension API servers, one each APIService. */
export class RemoteDocuments {
  private documents: ReadonlyMap<string, RemoteDocument> = new Map();
  private readonly loop: WorkLoop;
  private readonly follower: CacheFollower;

  constructor(
    private readonly services: ApiServices,
    private readonly servers: RemoteApiServers,
    cache: ObjectCache,
    host: Host,
  ) {
    const options = { name: 'documents of API services', interval: refreshInterval, retryDelay };
    this.loop = new WorkLoop(() => this.refresh(), options, host.timers, host.logger);
    const registrations = { group: apiRegistrationGroup, resource: 'apiservices' };
    this.follower = new CacheFollower(cache, [registrations], () => this.loop.wake());
  }

  start(): void {
    this.follower.start();
    this.loop.start();
  }

  async stop(): Promise<void> {
    this.follower.stop();
    await this.loop.stop();
  }

  of({ metadata }: RemoteApiService): RemoteDocument {
    return this.documents.get(metadata.name) ?? nothing;
  }

  /** False where somebody who should be there has not answered. */
  private async refresh(): Promise<boolean> {
    const remotes = this.services.remotes();
    const entries = await Promise.all(
      remotes.map(async (service) => [service.metadata.name, await this.fetched(service)] as const),
    );
    this.documents = new Map(entries);
    return remotes.every((service) => !isAvailable(service) || this.of(service).current);
  }

  private async fetched(service: RemoteApiService): Promise<RemoteDocument> {
    const known = this.of(service);
    if (!isAvailable(service)) return { ...known, current: false };
    try {
      const [resources, openApiV3, openApiV2] = await Promise.all([
        this.resources(service),
        this.openApiV3(service),
        this.openApiV2(service),
      ]);
      return { resources, openApiV3, openApiV2, current: true };
    } catch {
      return { ...known, current: false };
    }
  }

  /** From the aggregated document, or where the server has none, from the group version's own list. */
  private async resources(service: RemoteApiService): Promise<readonly ApiResourceDiscovery[]> {
    const { group = '', version = '' } = service.spec;
    const all = await this.json(service, '/apis', [...aggregatedForms, 'application/json'].join(','));
    if (all?.kind === 'APIGroupDiscoveryList' && Array.isArray(all.items)) {
      const found = (all.items as ApiGroupDiscovery[]).find(({ metadata }) => metadata.name === group);
      return found?.versions.find((candidate) => candidate.version === version)?.resources ?? [];
    }
    const list = await this.json(service, `/apis/${group}/${version}`, 'application/json');
    if (list === undefined) throw new Error(`${service.metadata.name} does not show its resources`);
    return discoveredResources(list, { group, version });
  }

  private async openApiV3(service: RemoteApiService): Promise<string | undefined> {
    const { group, version } = service.spec;
    const index = await this.json(service, '/openapi/v3', 'application/json');
    const entry = isRecord(index?.paths) ? index.paths[`apis/${group}/${version}`] : undefined;
    return isRecord(entry) && typeof entry.serverRelativeURL === 'string' ? entry.serverRelativeURL : undefined;
  }

  private async openApiV2(service: RemoteApiService): Promise<OpenApiV2Document | undefined> {
    const document = await this.json(service, '/openapi/v2', 'application/json');
    return isRecord(document?.paths) ? (document as unknown as OpenApiV2Document) : undefined;
  }

  /** `undefined`: the server has no such document. */
  private async json(
    service: RemoteApiService,
    path: string,
    accept: string,
  ): Promise<Record<string, unknown> | undefined> {
    const authority = this.servers.resolve(service);
    const answer = await this.servers.get(service, authority, path, { accept }, fetchTimeout, { verified: true });
    if (answer.status !== 200) return undefined;
    try {
      const value: unknown = JSON.parse(answer.text);
      return isRecord(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
}
