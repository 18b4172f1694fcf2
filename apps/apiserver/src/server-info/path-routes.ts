import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  type ResourceCatalog,
  type ResourceTable,
  unknownResource,
} from '@orrery/api';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, jsonResponse, textResponse } from '../http/api-response.ts';
import { parseAccept } from '../negotiation/accept.ts';
import { withEntityTag } from './entity-tag.ts';
import type { HealthEndpoints } from './health-endpoints.ts';
import { type IssuerDiscovery, issuerDiscoveryPaths } from './issuer-discovery.ts';
import type { OpenApiEndpoints } from './open-api-endpoints.ts';
import { serverVersion } from './server-version.ts';

/** Everything that is not a resource: discovery, OpenAPI, the issuer of tokens, version, health, metrics. */
export class PathRoutes {
  /** Aggregated discovery: two parts in two versions. */
  private readonly documents = new Map<string, ApiResponse>();
  private documentsOf: ResourceTable | undefined;

  constructor(
    private readonly resources: ResourceCatalog,
    private readonly serverAddress: string,
    private readonly health: HealthEndpoints,
    private readonly openApi: OpenApiEndpoints,
    private readonly issuer: IssuerDiscovery,
    private readonly metricsText: () => string,
  ) {}

  async answer(request: ApiRequest): Promise<ApiResponse> {
    const path = request.path.length > 1 ? request.path.replace(/\/+$/, '') : request.path;
    const found =
      this.health.answer(path, request.query) ??
      this.fixed(path, request) ??
      this.issuer.answer(path) ??
      (await this.openApi.answer(path, request));
    if (found === undefined) throw unknownResource();
    return found;
  }

  private fixed(path: string, request: ApiRequest): ApiResponse | undefined {
    switch (path) {
      case '/':
        return jsonResponse({ paths: this.rootPaths() });
      case '/version':
        return jsonResponse(serverVersion);
      case '/metrics':
        return textResponse(this.metricsText(), 200, 'text/plain; version=0.0.4; charset=utf-8');
      case '/api':
        return this.aggregated(request, 'core') ?? jsonResponse(apiVersions(this.serverAddress));
      case '/apis':
        return this.aggregated(request, 'groups') ?? jsonResponse(apiGroupList(this.resources.table));
      default:
        return this.groupDocument(path);
    }
  }

  private groupDocument(path: string): ApiResponse | undefined {
    const [, root, first, second, ...rest] = path.split('/');
    if (rest.length > 0 || first === undefined) return undefined;
    if (root === 'api' && second === undefined) return optional(apiResourceList(this.resources.table, '', first));
    if (root !== 'apis') return undefined;
    return optional(
      second === undefined
        ? apiGroup(this.resources.table, first)
        : apiResourceList(this.resources.table, first, second),
    );
  }

  /** One document instead of one a group, for clients that ask for it first. */
  private aggregated(request: ApiRequest, part: 'core' | 'groups'): ApiResponse | undefined {
    for (const { mediaType, parameters } of parseAccept(request.header('accept') ?? '')) {
      if (mediaType !== 'application/json') continue;
      if (parameters.as === undefined) return undefined;
      const version = parameters.v;
      if (parameters.as !== 'APIGroupDiscoveryList' || parameters.g !== 'apidiscovery.k8s.io') continue;
      if (version !== 'v2' && version !== 'v2beta1') continue;
      const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
      const document = this.aggregatedDocument(part, version);
      return withEntityTag(request, { ...document, contentType });
    }
    return undefined;
  }

  /** Kept until the resources change: every client asks for it first. */
  private aggregatedDocument(part: 'core' | 'groups', version: 'v2' | 'v2beta1'): ApiResponse {
    const { table } = this.resources;
    if (table !== this.documentsOf) {
      this.documentsOf = table;
      this.documents.clear();
    }
    const key = `${part} ${version}`;
    const document = this.documents.get(key) ?? jsonResponse(aggregatedDiscovery(table, part, version));
    this.documents.set(key, document);
    return document;
  }

  private rootPaths(): string[] {
    const groups = this.resources.table.groupVersions().filter(({ group }) => group !== '');
    const names = [...new Set(groups.map(({ group }) => `/apis/${group}`))];
    const versions = groups.map(({ group, version }) => `/apis/${group}/${version}`);
    const others = [
      '/healthz',
      '/livez',
      '/metrics',
      '/openapi/v2',
      '/openapi/v3',
      issuerDiscoveryPaths[1],
      '/readyz',
      '/version',
    ];
    return [issuerDiscoveryPaths[0], '/api', '/api/v1', '/apis', ...[...names, ...versions].sort(), ...others];
  }
}

function optional(document: unknown): ApiResponse | undefined {
  return document === undefined ? undefined : jsonResponse(document);
}
