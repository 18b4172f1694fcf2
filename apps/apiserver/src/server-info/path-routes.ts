import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  type ResourceTable,
  unknownResource,
} from '@orrery/api';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, jsonResponse, textResponse } from '../http/api-response.ts';
import { parseAccept } from '../negotiation/accept.ts';
import type { HealthEndpoints } from './health-endpoints.ts';
import type { OpenApiEndpoints } from './open-api-endpoints.ts';
import { serverVersion } from './server-version.ts';

/** Everything that is not a resource: discovery, OpenAPI, version, health, metrics. */
export class PathRoutes {
  constructor(
    private readonly table: ResourceTable,
    private readonly serverAddress: string,
    private readonly health: HealthEndpoints,
    private readonly openApi: OpenApiEndpoints,
    private readonly metricsText: () => string,
  ) {}

  async answer(request: ApiRequest): Promise<ApiResponse> {
    const path = request.path.length > 1 ? request.path.replace(/\/+$/, '') : request.path;
    const found =
      this.health.answer(path, request.query) ??
      this.fixed(path, request) ??
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
        return this.aggregated(request, 'groups') ?? jsonResponse(apiGroupList(this.table));
      default:
        return this.groupDocument(path);
    }
  }

  private groupDocument(path: string): ApiResponse | undefined {
    const [, root, first, second, ...rest] = path.split('/');
    if (rest.length > 0 || first === undefined) return undefined;
    if (root === 'api' && second === undefined) return optional(apiResourceList(this.table, '', first));
    if (root !== 'apis') return undefined;
    return optional(second === undefined ? apiGroup(this.table, first) : apiResourceList(this.table, first, second));
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
      return { ...jsonResponse(aggregatedDiscovery(this.table, part, version)), contentType };
    }
    return undefined;
  }

  private rootPaths(): string[] {
    const groups = this.table.groupVersions().filter(({ group }) => group !== '');
    const names = [...new Set(groups.map(({ group }) => `/apis/${group}`))];
    const versions = groups.map(({ group, version }) => `/apis/${group}/${version}`);
    const others = ['/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];
    return ['/api', '/api/v1', '/apis', ...[...names, ...versions].sort(), ...others];
  }
}

function optional(document: unknown): ApiResponse | undefined {
  return document === undefined ? undefined : jsonResponse(document);
}
