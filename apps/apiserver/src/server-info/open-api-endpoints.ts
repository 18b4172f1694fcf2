import {
  openApiV2,
  openApiV2Protobuf,
  openApiV2ProtobufContentType,
  openApiV3,
  openApiV3Index,
  type ResourceTable,
} from '@orrery/api';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';

/** `/openapi/v2` and `/openapi/v3`. The documents are made on first use; written answers are kept. */
export class OpenApiEndpoints {
  /** Bounded by the documents that exist. */
  private readonly answers = new Map<string, ApiResponse>();

  constructor(private readonly table: ResourceTable) {}

  async answer(path: string, request: ApiRequest): Promise<ApiResponse | undefined> {
    if (!path.startsWith('/openapi/')) return undefined;
    const binary = path === '/openapi/v2' && (request.header('accept') ?? '').includes('proto-openapi.spec.v2');
    const key = `${path}${binary ? ' binary' : ''}`;
    const known = this.answers.get(key);
    if (known !== undefined) return known;
    const made = await this.render(path, binary);
    if (made !== undefined) this.answers.set(key, made);
    return made;
  }

  private async render(path: string, binary: boolean): Promise<ApiResponse | undefined> {
    if (path === '/openapi/v2') return this.version2(binary);
    if (path === '/openapi/v3') return jsonResponse(await openApiV3Index(this.table));
    const [, , , root, first = '', second = '', ...rest] = path.split('/');
    if (rest.length > 0 || !path.startsWith('/openapi/v3/')) return undefined;
    const groupVersion = root === 'api' ? { group: '', version: first } : { group: first, version: second };
    const document = await openApiV3(this.table, groupVersion);
    return document === undefined ? undefined : jsonResponse(document);
  }

  private async version2(binary: boolean): Promise<ApiResponse> {
    if (!binary) return jsonResponse(await openApiV2(this.table));
    return { status: 200, contentType: openApiV2ProtobufContentType, body: await openApiV2Protobuf(this.table) };
  }
}
