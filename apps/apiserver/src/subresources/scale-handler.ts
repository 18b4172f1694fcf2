import { type ApiObject, apiVersionOf, conflict, invalid, invalidValue, methodNotAllowed } from '@orrery/api';
import type { CachedObject } from '../cache/cached-object.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { type DecodedBody, decodeBody } from '../negotiation/request-body.ts';
import { ApplyRequest } from '../registry/apply-request.ts';
import type { FieldTracker } from '../registry/field-tracker.ts';
import { isRecord } from '../registry/json-object.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import type { ObjectReader } from '../registry/object-reader.ts';
import type { ObjectUpdater } from '../registry/object-updater.ts';
import { applyPatch, type PatchRequest, patchFormOf, readPatch } from '../registry/patch-request.ts';
import { fieldValidationOf, type ResourceContext } from '../registry/resource-context.ts';
import { checkWriteOptions } from '../registry/write-options.ts';
import { scaleOf, withReplicas } from './scale.ts';

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const scaleType = 'api.autoscaling.v1.Scale';

/** The `scale` subresource: a small view through which replicas are read and set. */
export class ScaleHandler {
  constructor(
    private readonly reader: ObjectReader,
    private readonly updater: ObjectUpdater,
    private readonly decoder: ObjectDecoder,
    private readonly fields: FieldTracker,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    switch (context.target.verb) {
      case 'get':
        return scaleResponse(context, await this.reader.get(context));
      case 'update': {
        checkWriteOptions(context, 'UpdateOptions');
        const { request } = context;
        const body = this.shaped(context, decodeBody(request.body, request.header('content-type'), 'Scale'));
        return this.write(context, () => body);
      }
      case 'patch':
        return this.patch(context);
      default:
        throw methodNotAllowed(context.info, context.target.verb);
    }
  }

  private async patch(context: ResourceContext): Promise<ApiResponse> {
    checkWriteOptions(context, patchFormOf(context) === 'apply' ? 'ApplyOptions' : 'PatchOptions');
    const patch = readPatch(context);
    if (patch.form === 'apply') return this.apply(context, patch);
    return this.write(context, (current) => {
      const scale = scaleOf(current, context.info.custom?.scale) as unknown as ApiObject;
      const { value, findings } = applyPatch(patch, scale, context, scaleType);
      return this.shaped(context, { value, duplicateFields: [], inexactIntegers: [] }, findings);
    });
  }

  /** A scale is applied as the part of the workload that it is a view of. */
  private async apply(context: ResourceContext, patch: PatchRequest): Promise<ApiResponse> {
    const { info, target } = context;
    const scale = this.shaped(context, patch);
    const { name, namespace, uid, resourceVersion } = isRecord(scale.metadata) ? scale.metadata : {};
    const identity = { kind: info.kind, apiVersion: apiVersionOf(info), metadata: { name, namespace } };
    const config = withReplicas(identity as ApiObject, replicasOf(scale, target.name), info.custom?.scale);
    Object.assign(config.metadata, uid !== undefined && { uid }, resourceVersion !== undefined && { resourceVersion });
    const request = new ApplyRequest(context, { ...patch, value: config }, this.fields, this.decoder);
    const { object } = await this.updater.apply(context, (current) => request.appliedTo(current?.object));
    return scaleResponse(context, object);
  }

  private async write(
    context: ResourceContext,
    scaleFor: (current: ApiObject) => Record<string, unknown>,
  ): Promise<ApiResponse> {
    const { object } = await this.updater.modify(context, (current) => {
      const scale = scaleFor(current.object);
      checkVersion(scale, context, current.object);
      return withReplicas(current.object, replicasOf(scale, context.target.name), context.info.custom?.scale);
    });
    return scaleResponse(context, object);
  }

  /** `findings`: what the patch that made the body has been found to have. */
  private shaped(
    context: ResourceContext,
    body: DecodedBody,
    findings: readonly string[] = [],
  ): Record<string, unknown> {
    const { request, notes } = context;
    const { value, warnings } = this.decoder.shape(body, scaleKind, scaleType, fieldValidationOf(request.query));
    for (const warning of [...findings, ...warnings]) notes.warn(warning);
    return value;
  }
}

function scaleResponse({ info }: ResourceContext, { object }: CachedObject): ApiResponse {
  return jsonResponse(scaleOf(object, info.custom?.scale));
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
