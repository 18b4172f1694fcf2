import { createHash } from 'node:crypto';
import type { APIGroup, APIGroupList, ApiGroupDiscoveryList } from '@orrery/api';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, jsonMediaType, wholeBody } from '../http/api-response.ts';
import type { Aggregator } from './aggregator.ts';
import type { ApiServices } from './api-services.ts';
import { mergedAggregated, mergedGroup, mergedGroupList } from './merged-discovery.ts';
import { mergedOpenApiV2, type OpenApiV2Document } from './merged-open-api.ts';
import type { RemoteDocuments } from './remote-documents.ts';

/** Answers for paths that are no resources, out of what this server knows by itself. Throws an `ApiError` for a path that it does not know. */
export type LocalPaths = (request: ApiRequest) => Promise<ApiResponse>;

interface OpenApiV3Index {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

const notModified = 304;
const openApiV3Path = /^\/openapi\/v3(\/apis\/[^/]+\/[^/]+)$/;

/** Discovery and OpenAPI of everything that is served, wherever it is served. */
export class AggregatedPaths {
  constructor(
    private readonly local: LocalPaths,
    private readonly services: ApiServices,
    private readonly documents: RemoteDocuments,
    private readonly aggregator: Aggregator,
  ) {}

  async answer(request: ApiRequest, user: UserInfo): Promise<ApiResponse> {
    if (this.services.remotes().length === 0) return this.local(request);
    const path = request.path.length > 1 ? request.path.replace(/\/+$/, '') : request.path;
    if (path === '/apis') return this.merged(request, (document) => this.groups(document));
    if (path === '/openapi/v3') return this.merged(request, (document) => this.openApiV3(document as OpenApiV3Index));
    if (path === '/openapi/v2')
      return this.merged(request, (document) => this.openApiV2(document as OpenApiV2Document));
    const remote = this.aggregator.remoteOf(openApiV3Path.exec(path)?.[1] ?? '');
    if (remote !== undefined) return this.aggregator.handle(remote, request, user);
    const [, root, group = '', ...rest] = path.split('/');
    const isGroup =
      root === 'apis' && rest.length === 0 && this.services.remotes().some(({ spec }) => spec.group === group);
    return isGroup ? this.group(request, group) : this.local(request);
  }

  private groups(document: object): object {
    const services = this.services.list();
    if ('groups' in document) return mergedGroupList(document as APIGroupList, services);
    return mergedAggregated(document as ApiGroupDiscoveryList, services, (service) => this.documents.of(service));
  }

  private async group(request: ApiRequest, group: string): Promise<ApiResponse> {
    const services = this.services.list();
    // A version that is not registered any more may still be served.
    const isLocal = services.some(({ spec }) => spec.group === group && spec.service === undefined);
    if (isLocal) return this.merged(request, (document) => mergedGroup(document as APIGroup, group, services));
    return tagged(request, jsonMediaType, mergedGroup(undefined, group, services));
  }

  private openApiV3(index: OpenApiV3Index): OpenApiV3Index {
    const paths = { ...index.paths };
    for (const service of this.services.remotes()) {
      const { openApiV3 } = this.documents.of(service);
      const { group, version } = service.spec;
      if (openApiV3 !== undefined) paths[`apis/${group}/${version}`] = { serverRelativeURL: openApiV3 };
    }
    return { ...index, paths };
  }

  private openApiV2(document: OpenApiV2Document): OpenApiV2Document {
    return this.services.remotes().reduce((merged, service) => {
      const { openApiV2 } = this.documents.of(service);
      const { group = '', version = '' } = service.spec;
      return openApiV2 === undefined ? merged : mergedOpenApiV2(merged, openApiV2, { group, version });
    }, document);
  }

  /** The local answer, changed. What is not JSON (OpenAPI v2 as protobuf) stays local. */
  private async merged(request: ApiRequest, merge: (document: object) => object): Promise<ApiResponse> {
    const whole: ApiRequest = {
      ...request,
      header: (name) => (name === 'if-none-match' ? undefined : request.header(name)),
    };
    const answer = await this.local(whole);
    if (answer.status !== 200 || !answer.contentType.startsWith(jsonMediaType)) return answer;
    const document = JSON.parse(Buffer.from(await wholeBody(answer.body)).toString('utf8')) as object;
    return tagged(request, answer.contentType, merge(document), answer.headers);
  }
}

/** With an entity tag, so that a client which has the document already need not get it again. */
function tagged(
  request: ApiRequest,
  contentType: string,
  document: object,
  headers: ApiResponse['headers'] = {},
): ApiResponse {
  const body = Buffer.from(`${JSON.stringify(document)}\n`);
  const etag = `"${createHash('sha512').update(body).digest('hex').toUpperCase()}"`;
  const { 'content-encoding': _, ...kept } = headers;
  const tags = { ...kept, etag, vary: 'Accept' };
  if (request.header('if-none-match') === etag) {
    return { status: notModified, contentType, headers: tags, body: new Uint8Array(0) };
  }
  return { status: 200, contentType, headers: tags, body };
}
