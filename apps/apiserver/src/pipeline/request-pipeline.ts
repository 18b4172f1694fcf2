import { forbidden, methodNotAllowed, type ResourceInfo, type ResourceTable, unknownResource } from '@orrery/api';
import type { Logger } from '@orrery/runtime';
import type { Authenticator } from '../authentication/authenticator.ts';
import type { UserInfo } from '../authentication/user-info.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';
import { askingForJson, asProtobuf, wantsOnlyProtobuf } from '../negotiation/protobuf-responder.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import {
  type PathRequest,
  type RequestInfo,
  type ResourceRequest,
  requestInfoOf,
} from '../request-info/request-info.ts';
import { errorResponse, isUnexpected } from './error-response.ts';
import type { InFlightLimiter } from './in-flight-limiter.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** Answers requests for resources, and for everything else. */
export interface RequestRoutes {
  resource(context: ResourceContext): Promise<ApiResponse>;
  path(request: ApiRequest, target: PathRequest, user: UserInfo): Promise<ApiResponse>;
}

const readVerbs = new Set(['get', 'list', 'watch', 'head', 'options']);

/** One request from credentials to answer: authentication, authorization, flow control, routing. Never throws. */
export class RequestPipeline {
  constructor(
    private readonly table: ResourceTable,
    private readonly authenticator: Authenticator,
    private readonly authorizer: Authorizer,
    private readonly limiter: InFlightLimiter,
    private readonly routes: RequestRoutes,
    private readonly metrics: RequestMetrics,
    private readonly logger: Logger,
  ) {}

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const target = requestInfoOf(request);
    const finish = this.metrics.begin(target);
    const response = await this.negotiated(request, target);
    finish(response.status);
    return response;
  }

  /** Everything behind this point speaks JSON or YAML. */
  private async negotiated(request: ApiRequest, target: RequestInfo): Promise<ApiResponse> {
    if (!wantsOnlyProtobuf(request.header('accept'), target)) return this.answer(request, target);
    try {
      return await asProtobuf(await this.answer(askingForJson(request), target), target.verb);
    } catch (error) {
      return errorResponse(error);
    }
  }

  private async answer(request: ApiRequest, target: RequestInfo): Promise<ApiResponse> {
    try {
      const user = this.authenticator.authenticate(request.credentials);
      const refusal = this.authorizer.refusal(user, target);
      if (refusal !== undefined) throw refused(target, refusal);
      const mutating = !readVerbs.has(target.verb);
      return await this.limiter.run(mutating, () => this.route(request, target, user));
    } catch (error) {
      if (isUnexpected(error))
        this.logger.error('request failed', { error, method: request.method, path: request.path });
      return errorResponse(error);
    }
  }

  private route(request: ApiRequest, target: RequestInfo, user: UserInfo): Promise<ApiResponse> {
    if (target.kind === 'path') return this.routes.path(request, target, user);
    const info = this.table.find(target.group, target.version, target.resource);
    if (info === undefined) throw unknownResource();
    checkServed(info, target);
    const { storage } = info;
    const stored = this.table.find(storage.group, storage.version, storage.resource) ?? info;
    return this.routes.resource({ request, target, info, stored, user });
  }
}

/** Throws unless the table says that the resource has the scope, the subresource and the verb. */
function checkServed(info: ResourceInfo, target: ResourceRequest): void {
  const scoped = info.namespaced ? target.namespace !== '' : target.namespace === '';
  const allNamespaces = info.namespaced && target.name === '';
  if (!scoped && !allNamespaces) throw unknownResource();
  if (target.subresource === '') {
    if (!info.verbs.includes(target.verb)) throw methodNotAllowed(info, target.verb);
    return;
  }
  const subresource = info.subresources.find(({ name }) => name === target.subresource);
  if (subresource === undefined) throw unknownResource();
  if (!subresource.verbs.includes(target.verb)) throw methodNotAllowed(info, target.verb);
}

function refused(target: RequestInfo, detail: string): Error {
  if (target.kind === 'path') return forbidden({ group: '', resource: '' }, '', detail);
  return forbidden(target, target.name, detail);
}
