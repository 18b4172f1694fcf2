import { badRequest } from '@orrery/api';
import type { ServiceAccountTokens } from '../authentication/service-account-tokens.driver.ts';
import type { UserInfo } from '../authentication/user-info.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import { isRecord } from '../registry/json-object.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import type { RequestInfo } from '../request-info/request-info.ts';

/** Questions that are asked by creating an object which is never stored: who am I, may I, whose token is this. */
export class ReviewHandler {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly tokens: ServiceAccountTokens,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { request, info, user } = context;
    const { value } = decodeBody(request.body, request.header('content-type'));
    if (!isRecord(value)) throw badRequest("couldn't get version/kind; json parse error: the body is no object");
    const spec = isRecord(value.spec) ? value.spec : {};
    const head = {
      kind: info.kind,
      apiVersion: `${info.group}/${info.version}`,
      metadata: { creationTimestamp: null },
    };
    return jsonResponse(
      { ...head, ...(info.kind !== 'SelfSubjectReview' && { spec }), status: this.status(info.kind, spec, user) },
      201,
    );
  }

  private status(kind: string, spec: Record<string, unknown>, user: UserInfo): unknown {
    switch (kind) {
      case 'SelfSubjectReview':
        return { userInfo: userFields(user) };
      case 'SelfSubjectAccessReview':
        return this.access(spec, user);
      case 'SubjectAccessReview':
      case 'LocalSubjectAccessReview':
        return this.access(spec, subjectOf(spec));
      case 'SelfSubjectRulesReview':
        return this.rules(user);
      case 'TokenReview':
        return this.tokenStatus(spec);
      default:
        throw badRequest(`${kind} is no review`);
    }
  }

  private access(spec: Record<string, unknown>, user: UserInfo): unknown {
    const refusal = this.authorizer.refusal(user, askedFor(spec));
    return refusal === undefined ? { allowed: true } : { allowed: false, reason: refusal };
  }

  private rules(user: UserInfo): unknown {
    const everything: RequestInfo = { ...askedFor({ resourceAttributes: { verb: '*', resource: '*' } }) };
    const allowed = this.authorizer.refusal(user, everything) === undefined;
    return {
      resourceRules: allowed ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [],
      nonResourceRules: allowed ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : [],
      incomplete: false,
    };
  }

  private tokenStatus(spec: Record<string, unknown>): unknown {
    const token = typeof spec.token === 'string' ? spec.token : '';
    const audiences = stringsOf(spec.audiences);
    const user = audiences.length > 0 ? this.tokens.verify(token, audiences) : this.tokens.verify(token);
    if (user === undefined) return { user: {}, error: 'invalid bearer token' };
    return {
      authenticated: true,
      user: userFields(user),
      audiences: audiences.length > 0 ? audiences : [this.tokens.issuer],
    };
  }
}

function userFields({ name, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return { username: name, ...(uid && { uid }), groups, ...(extra && { extra }) };
}

function subjectOf(spec: Record<string, unknown>): UserInfo {
  return { name: typeof spec.user === 'string' ? spec.user : '', groups: stringsOf(spec.groups) };
}

function askedFor(spec: Record<string, unknown>): RequestInfo {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  if (isRecord(spec.nonResourceAttributes)) {
    const { path, verb } = spec.nonResourceAttributes;
    return { kind: 'path', verb: text(verb), path: text(path) };
  }
  const asked = isRecord(spec.resourceAttributes) ? spec.resourceAttributes : {};
  return {
    kind: 'resource',
    verb: text(asked.verb),
    group: text(asked.group),
    version: text(asked.version),
    resource: text(asked.resource),
    subresource: text(asked.subresource),
    namespace: text(asked.namespace),
    name: text(asked.name),
    rest: [],
    path: '',
  };
}

function stringsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
