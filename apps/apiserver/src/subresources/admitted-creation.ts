import { type ApiObject, apiVersionOf, deepEqual } from '@orrery/api';
import { type AdmissionChain, attributesOf } from '../admission/admission.ts';
import { admissionKind } from '../admission/webhook/admission-kind.ts';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, jsonMediaType } from '../http/api-response.ts';
import { negotiate } from '../negotiation/accept.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import { isRecord } from '../registry/json-object.ts';
import { createOptionsOf, type ResourceContext, writeOptionsOf } from '../registry/resource-context.ts';
import type { SpecialHandler } from './resource-routes.ts';

/** For what is created and never stored (reviews, tokens): asks admission before the handler gets to see it. */
export class AdmittedCreation implements SpecialHandler {
  constructor(
    private readonly handler: SpecialHandler,
    private readonly admission: AdmissionChain,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { request, target, info } = context;
    if (target.verb !== 'create') return this.handler.handle(context);
    negotiate(request.header('accept'), 'plain');
    const kind = admissionKind(info, target.subresource);
    const { value } = decodeBody(request.body, request.header('content-type'), kind.kind);
    // The handler says what is wrong with it.
    if (!isRecord(value)) return this.handler.handle(context);
    const sent = { ...value, kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: value.metadata ?? {} };
    const object = structuredClone(sent) as unknown as ApiObject;
    const attributes = {
      ...attributesOf(context, writeOptionsOf(context).dryRun),
      operation: 'CREATE' as const,
      object,
      old: undefined,
      options: createOptionsOf(context),
    };
    await this.admission.admit(attributes);
    await this.admission.validate(attributes);
    return this.handler.handle(deepEqual(object, sent) ? context : { ...context, request: withBody(request, object) });
  }
}

function withBody(request: ApiRequest, object: ApiObject): ApiRequest {
  return {
    ...request,
    body: Buffer.from(JSON.stringify(object)),
    header: (name) => (name === 'content-type' ? jsonMediaType : request.header(name)),
  };
}
