import {
  ApiError,
  forbidden,
  methodNotAllowed,
  type ResourceCatalog,
  type ResourceInfo,
  unknownResource,
} from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { AuditRecord, AuditTrail } from '../audit/audit-trail.ts';
import type { Authenticator } from '../authentication/authenticator.ts';
import type { Impersonation } from '../authentication/impersonation.ts';
import { nobody, type UserInfo } from '../authentication/user-info.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { DefinitionCatalog } from '../custom-resources/definition-catalog.ts';
import type { FlowGate } from '../flow-control/flow-gate.ts';
import type { ApiRequest } from '../http/api-request.ts';
import type { ApiResponse } from '../http/api-response.ts';
import type { RequestMetrics } from '../metrics/request-metrics.ts';
import {
  askingForJson,
  asProtobuf,
  requireProtobufForm,
  wantsOnlyProtobuf,
} from '../negotiation/protobuf-responder.ts';
import { RequestNotes } from '../registry/request-notes.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import {
  type PathRequest,
  type RequestInfo,
  type ResourceRequest,
  requestInfoOf,
} from '../request-info/request-info.ts';
import { requestSubject } from '../request-info/request-subject.ts';
import { errorResponse, isUnexpected } from './error-response.ts';
import { isLongRunning, type RequestDeadline } from './request-deadline.ts';

/** Answers requests for resources, and for everything else. */
export interface RequestRoutes {
  resource(context: ResourceContext): Promise<ApiResponse>;
  path(request: ApiRequest, target: PathRequest, user: UserInfo): Promise<ApiResponse>;
  /** Does an extension API server serve the path? Then it speaks whatever media types it likes. */
  isRemote(path: string): boolean;
  /** The extension API server's answer; `undefined`: this server serves the path. */
  remote(request: ApiRequest, user: UserInfo): Promise<ApiResponse> | undefined;
}

/** The steps in front of the routes. */
export interface PipelineSteps {
  readonly authenticator: Authenticator;
  /** Without it nothing is written down. */
  readonly audit: AuditTrail | undefined;
  readonly impersonation: Impersonation;
  readonly flowGate: FlowGate;
  readonly authorizer: Authorizer;
  readonly deadline: RequestDeadline;
  readonly metrics: RequestMetrics;
}

/** One request on its way. */
interface Exchange {
  readonly target: RequestInfo;
  /** As authorization, audit and flow control see it. */
  readonly subject: RequestInfo;
  /** The client reads nothing but protobuf. */
  readonly onlyProtobuf: boolean;
  readonly auditId: string;
  readonly notes: RequestNotes;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Headers that its answer carries whatever it is. */
  readonly headers: Map<string, string>;
}

const auditIdHeader = 'audit-id';
/** A longer one is cut, as upstream does. */
const auditIdLengthMax = 64;

/**
 * One request from credentials to answer: authentication, audit, impersonation, flow control, authorization, routing. Never throws. Impersonation comes before
 * flow control, as with upstream: a request belongs to the flow of the user that it is made as.
 */
export class RequestPipeline {
  constructor(
    private readonly resources: ResourceCatalog & Pick<DefinitionCatalog, 'findNewest'>,
    private readonly steps: PipelineSteps,
    private readonly routes: RequestRoutes,
    private readonly host: Pick<Host, 'clock' | 'ids' | 'logger'>,
  ) {}

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const target = requestInfoOf(request);
    const auditId = (request.header(auditIdHeader) ?? this.host.ids.uuid()).slice(0, auditIdLengthMax);
    const headers = new Map([['Audit-Id', auditId]]);
    const receivedAt = this.host.clock.now();
    const onlyProtobuf = wantsOnlyProtobuf(request.header('accept'), target) && !this.routes.isRemote(request.path);
    const subject = requestSubject(target, request.query);
    const notes = new RequestNotes();
    const exchange: Exchange = { target, subject, onlyProtobuf, auditId, notes, receivedAt, headers };
    const finish = this.steps.metrics.begin(target, request.method, request.query);
    const response = await this.negotiated(request, exchange);
    return finish({ ...response, headers: { ...response.headers, ...Object.fromEntries(headers) } });
  }

  /** Everything behind this point speaks JSON or YAML. */
  private async negotiated(request: ApiRequest, exchange: Exchange): Promise<ApiResponse> {
    if (!exchange.onlyProtobuf) return this.answer(request, exchange);
    try {
      return await asProtobuf(await this.answer(askingForJson(request), exchange), exchange.target.verb);
    } catch (error) {
      return errorResponse(error);
    }
  }

  private async answer(request: ApiRequest, exchange: Exchange): Promise<ApiResponse> {
    let record: AuditRecord | undefined;
    let response: ApiResponse;
    try {
      const user = this.authenticated(request, exchange);
      record = this.audit(request, exchange, user);
      response = await this.steps.deadline.run(request, exchange.target, (timed) =>
        this.admitted(timed, exchange, user, record),
      );
    } catch (error) {
      if (isUnexpected(error)) {
        const { auditId } = exchange;
        this.host.logger.error('request failed', { error, method: request.method, path: request.path, auditId });
      }
      response = errorResponse(error);
    }
    return record?.answered(response) ?? response;
  }

  /** Who cannot be authenticated is written down as well. */
  private authenticated(request: ApiRequest, exchange: Exchange): UserInfo {
    try {
      return this.steps.authenticator.authenticate(request.credentials);
    } catch (error) {
      this.audit(request, exchange, nobody)?.answered(errorResponse(error));
      throw error;
    }
  }

  private audit(request: ApiRequest, exchange: Exchange, user: UserInfo): AuditRecord | undefined {
    return this.steps.audit?.begin({
      ...exchange,
      target: exchange.subject,
      request,
      user,
      longRunning: isLongRunning(exchange.target),
    });
  }

  private async admitted(
    request: ApiRequest,
    exchange: Exchange,
    authenticated: UserInfo,
    record: AuditRecord | undefined,
  ): Promise<ApiResponse> {
    const { subject, headers } = exchange;
    const impersonated = this.steps.impersonation.apply(authenticated, request);
    if (impersonated !== undefined) record?.actsAs(impersonated);
    const user = impersonated ?? authenticated;
    return this.steps.flowGate.pass(request, subject, user, headers, () => {
      this.authorize(exchange, user);
      return this.route(request, exchange, user);
    });
  }

  private authorize({ subject, notes }: Exchange, user: UserInfo): void {
    const refusal = this.steps.authorizer.refusal(user, subject);
    notes.annotate('authorization.k8s.io/decision', refusal === undefined ? 'allow' : 'forbid');
    if (refusal === undefined) return;
    notes.annotate('authorization.k8s.io/reason', refusal);
    throw refused(subject, refusal);
  }

  private async route(
    request: ApiRequest,
    { target, notes, onlyProtobuf }: Exchange,
    user: UserInfo,
  ): Promise<ApiResponse> {
    const remote = this.routes.remote(request, user);
    if (remote !== undefined) return remote;
    if (target.kind === 'path') return this.routes.path(request, target, user);
    const info = await this.resources.findNewest(target.group, target.version, target.resource);
    if (info === undefined) throw unknownResource();
    checkServed(info, target);
    if (onlyProtobuf && info.custom !== undefined && target.subresource !== 'scale') {
      requireProtobufForm(request.header('accept'), target.verb);
    }
    if (info.deprecationWarning !== undefined) notes.warn(info.deprecationWarning);
    for (const warning of info.custom?.warnings ?? []) notes.warn(warning);
    const stored = this.storedForm(info);
    const response = await this.routes.resource({ request, target, info, stored, user, notes });
    return withWarnings(response, notes);
  }

  /** What the registry works on. A custom resource is worked on in the version of the request, and converted where it is read and written. */
  private storedForm(info: ResourceInfo): ResourceInfo {
    if (info.custom !== undefined) return info;
    const { storage } = info;
    return this.resources.find(storage.group, storage.version, storage.resource) ?? info;
  }
}

/** Throws unless the table says that the resource has the scope, the subresource and the verb. */
function checkServed(info: ResourceInfo, target: ResourceRequest): void {
  const scoped = info.namespaced ? target.namespace !== '' : target.namespace === '';
  const allNamespaces = info.namespaced && target.name === '';
  if (!scoped && !allNamespaces) throw unknownResource();
  if (target.subresource === '') {
    if (!info.verbs.includes(target.verb)) throw methodNotAllowed(info, target.verb);
    if (target.verb === 'create' && info.custom?.terminating) throw creationForbidden(info);
    return;
  }
  const subresource = info.subresources.find(({ name }) => name === target.subresource);
  if (subresource === undefined) throw unknownResource();
  // Discovery does not name it, but whatever is behind a proxy may be asked.
  if (target.subresource === 'proxy' && target.verb === 'options') return;
  if (!subresource.verbs.includes(target.verb)) throw methodNotAllowed(info, target.verb);
}

/** Whoever creates an instance now would have it deleted at once. */
function creationForbidden(info: ResourceInfo): ApiError {
  const { status } = methodNotAllowed(info, 'create');
  return new ApiError({ ...status, message: 'create not allowed while custom resource definition is terminating' });
}

function withWarnings(response: ApiResponse, { warnings }: RequestNotes): ApiResponse {
  if (warnings.length === 0) return response;
  return { ...response, warnings: [...(response.warnings ?? []), ...warnings] };
}

function refused(target: RequestInfo, detail: string): Error {
  if (target.kind === 'path') return forbidden({ group: '', resource: '' }, '', detail);
  return forbidden(target, target.name, detail);
}
