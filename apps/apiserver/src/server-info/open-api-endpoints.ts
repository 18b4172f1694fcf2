import {
  type GroupVersion,
  openApiV2,
  openApiV2Protobuf,
  openApiV2ProtobufContentType,
  openApiV3,
  openApiV3Hash,
  openApiV3Index,
  type ResourceCatalog,
  type ResourceTable,
} from '@orrery/api';
import { type Clock, formatHttpDate } from '@orrery/runtime';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, jsonResponse, textResponse } from '../http/api-response.ts';
import { withEntityTag } from './entity-tag.ts';

/** How long a client may keep a document whose hash it knows. */
const keepMs = 365 * 24 * 60 * 60_000;

/** `/openapi/v2` and `/openapi/v3`. The documents are made on first use; written answers are kept until the resources change. */
export class OpenApiEndpoints {
  /** Bounded by the documents that exist. */
  private answers = new Map<string, ApiResponse>();
  private answersOf: ResourceTable | undefined;

  constructor(
    private readonly resources: ResourceCatalog,
    private readonly clock: Clock,
  ) {}

  async answer(path: string, request: ApiRequest): Promise<ApiResponse | undefined> {
    if (!path.startsWith('/openapi/')) return undefined;
    const { table } = this.resources;
    const hash = request.query.get('hash');
    const groupVersion = groupVersionOf(path);
    if (hash && groupVersion) return this.hashed(table, path, request, groupVersion, hash);
    const answer = await this.kept(table, path, request);
    return answer && withEntityTag(request, answer);
  }

  /** A document that never changes under its hash; an old hash leads to the new one. */
  private async hashed(
    table: ResourceTable,
    path: string,
    request: ApiRequest,
    groupVersion: GroupVersion,
    hash: string,
  ): Promise<ApiResponse | undefined> {
    const answer = await this.kept(table, path, request);
    if (answer === undefined) return undefined;
    const current = await openApiV3Hash(table, groupVersion);
    if (hash !== current) {
      const location = `${path}?hash=${current}`;
      return { ...textResponse('', 301), headers: { location } };
    }
    const expires = formatHttpDate(this.clock.now() + keepMs);
    const headers = { 'cache-control': 'public, immutable', expires };
    return withEntityTag(request, { ...answer, headers });
  }

  private async kept(table: ResourceTable, path: string, request: ApiRequest): Promise<ApiResponse | undefined> {
    if (table !== this.answersOf) {
      this.answersOf = table;
      this.answers = new Map();
    }
    const { answers } = this;
    const binary = path === '/openapi/v2' && (request.header('accept') ?? '').includes('proto-openapi.spec.v2');
    const key = `${path}${binary ? ' binary' : ''}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const made = await render(table, path, binary);
    if (made !== undefined) answers.set(key, made);
    return made;
  }
}

async function render(table: ResourceTable, path: string, binary: boolean): Promise<ApiResponse | undefined> {
  if (path === '/openapi/v2') return version2(table, binary);
  if (path === '/openapi/v3') return jsonResponse(await openApiV3Index(table));
  const groupVersion = groupVersionOf(path);
  const document = groupVersion && (await openApiV3(table, groupVersion));
  return document === undefined ? undefined : jsonResponse(document);
}

/** `/openapi/v3/api/v1`, `/openapi/v3/apis/apps/v1`. */
function groupVersionOf(path: string): GroupVersion | undefined {
  const [, , format, root, first = '', second = '', ...rest] = path.split('/');
  if (format !== 'v3' || root === undefined || rest.length > 0) return undefined;
  return root === 'api' ? { group: '', version: first } : { group: first, version: second };
}

async function version2(table: ResourceTable, binary: boolean): Promise<ApiResponse> {
  if (!binary) return jsonResponse(await openApiV2(table));
  return { status: 200, contentType: openApiV2ProtobufContentType, body: await openApiV2Protobuf(table) };
}
