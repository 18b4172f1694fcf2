import { type ApiObject, conflict, invalid, invalidValue, methodNotAllowed } from '@orrery/api';
import type { CachedObject } from '../cache/cached-object.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import { isRecord } from '../registry/json-object.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import type { ObjectReader } from '../registry/object-reader.ts';
import type { ObjectUpdater } from '../registry/object-updater.ts';
import { applyPatch, readPatch } from '../registry/patch-request.ts';
import { fieldValidationOf, type ResourceContext } from '../registry/resource-context.ts';
import { scaleOf, withReplicas } from './scale.ts';

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const scaleType = 'api.autoscaling.v1.Scale';

/** The `scale` subresource: a small view through which replicas are read and set. */
export class ScaleHandler {
  constructor(
    private readonly reader: ObjectReader,
    private readonly updater: ObjectUpdater,
    private readonly decoder: ObjectDecoder,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    switch (context.target.verb) {
      case 'get':
        return scaleResponse(await this.reader.get(context));
      case 'update': {
        const { request } = context;
        const body = this.shaped(context, decodeBody(request.body, request.header('content-type')).value);
        return this.write(context, () => body);
      }
      case 'patch': {
        const patch = readPatch(context.request);
        return this.write(context, (current) => {
          const scale = scaleOf(current) as unknown as ApiObject;
          return this.shaped(context, applyPatch(patch, scale, context.info, scaleType));
        });
      }
      default:
        throw methodNotAllowed(context.info, context.target.verb);
    }
  }

  private async write(
    context: ResourceContext,
    scaleFor: (current: ApiObject) => Record<string, unknown>,
  ): Promise<ApiResponse> {
    const { object } = await this.updater.modify(context, (current) => {
      const scale = scaleFor(current.object);
      checkVersion(scale, context, current.object);
      return withReplicas(current.object, replicasOf(scale, context.target.name));
    });
    return scaleResponse(object);
  }

  private shaped({ request }: ResourceContext, value: unknown): Record<string, unknown> {
    const validation = fieldValidationOf(request.query);
    return this.decoder.shape({ value, duplicateFields: [] }, scaleKind, scaleType, validation).value;
  }
}

function scaleResponse(object: CachedObject): ApiResponse {
  return jsonResponse(scaleOf(object.object));
}

function replicasOf(scale: Record<string, unknown>, name: string): number {
  const spec = isRecord(scale.spec) ? scale.spec : {};
  const replicas = Number(spec.replicas ?? 0);
  if (replicas >= 0) return replicas;
  const error = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
  throw invalid(scaleKind, name, [error]);
}

function checkVersion(scale: Record<string, unknown>, { info, target }: ResourceContext, current: ApiObject): void {
  const metadata = isRecord(scale.metadata) ? scale.metadata : {};
  const given = metadata.resourceVersion;
  if (typeof given === 'string' && given !== '' && given !== current.metadata.resourceVersion) {
    throw conflict(info, target.name);
  }
}
