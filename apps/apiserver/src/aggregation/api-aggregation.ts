import { APIService, ConfigMap, type ResourceTable } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { MetricsRegistry } from '@orrery/service';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import type { ProxyClientConfig } from '../config/api-server-config.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { SystemWriter } from '../registry/system-writer.ts';
import type { ServiceResolver } from '../webhooks/service-resolver.ts';
import { AggregatedPaths, type LocalPaths } from './aggregated-paths.ts';
import { Aggregator } from './aggregator.ts';
import { ApiServiceRegistration } from './api-service-registration.ts';
import { ApiServices } from './api-services.ts';
import { AvailabilityController } from './availability-controller.ts';
import { extensionAuthenticationConfig } from './extension-authentication.ts';
import { RemoteApiServers } from './remote-api-server.driver.ts';
import { RemoteDocuments } from './remote-documents.ts';

export interface AggregationDependencies {
  readonly table: ResourceTable;
  readonly cache: ObjectCache;
  readonly writer: SystemWriter;
  readonly resolver: ServiceResolver;
  readonly metrics: MetricsRegistry;
  readonly host: Host;
  /** Answers for discovery and OpenAPI of what this server serves by itself. */
  readonly paths: LocalPaths;
  readonly proxyClient: ProxyClientConfig | undefined;
  /** PEM: who signs the certificates of clients; `undefined` without an HTTPS face. */
  readonly clientCertificateAuthority: string | undefined;
}

/** The API as one whole: what this server serves, and behind it what extension API servers serve. */
export class ApiAggregation {
  private readonly servers: RemoteApiServers;
  private readonly documents: RemoteDocuments;
  private readonly registration: ApiServiceRegistration;
  private readonly availability: AvailabilityController;
  private readonly aggregator: Aggregator;
  private readonly aggregatedPaths: AggregatedPaths;

  constructor(private readonly parts: AggregationDependencies) {
    const { table, cache, host, resolver, proxyClient, paths } = parts;
    const info = table.mustFind(APIService);
    const services = new ApiServices(cache);
    this.servers = new RemoteApiServers(resolver, host.timers, proxyClient);
    this.documents = new RemoteDocuments(services, this.servers, cache, host);
    this.registration = new ApiServiceRegistration({ ...parts, info, services });
    this.availability = new AvailabilityController({ ...parts, info, services, servers: this.servers });
    this.aggregator = new Aggregator(services, this.servers);
    this.aggregatedPaths = new AggregatedPaths(paths, services, this.documents, this.aggregator);
  }

  /** Everything goes on behind it: the server answers without waiting for any of it. */
  start(): void {
    this.registration.start();
    this.availability.start();
    this.documents.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.registration.stop(), this.availability.stop(), this.documents.stop()]);
    this.servers.stop();
  }

  /** Tells extension API servers how to know this server. */
  async bootstrap(): Promise<void> {
    const { table, writer, proxyClient, clientCertificateAuthority } = this.parts;
    if (proxyClient === undefined || clientCertificateAuthority === undefined) return;
    await writer.ensure(
      table.mustFind(ConfigMap),
      extensionAuthenticationConfig({
        clientCertificateAuthority,
        requestHeaderCertificateAuthority: proxyClient.certificateAuthority,
        requestHeaderNames: [proxyClient.commonName],
      }),
    );
  }

  /** Does somebody else serve the path? */
  isRemote(path: string): boolean {
    return this.aggregator.remoteOf(path) !== undefined;
  }

  /** The answer of whoever else serves the path; `undefined`: nobody does. */
  remoteAnswer(request: ApiRequest, user: UserInfo): Promise<ApiResponse> | undefined {
    const service = this.aggregator.remoteOf(request.path);
    return service && this.aggregator.handle(service, request, user);
  }

  /** Discovery and OpenAPI of everything, and what else is no resource. */
  pathAnswer(request: ApiRequest, user: UserInfo): Promise<ApiResponse> {
    return this.aggregatedPaths.answer(request, user);
  }
}
