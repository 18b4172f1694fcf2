import {
  type AccessReview,
  type ApiObject,
  badRequest,
  invalid,
  type NonResourceAttributes,
  type ResourceAttributes,
  type SubjectAccessReviewSpec,
  type TokenReviewSpec,
  validateAccessReview,
} from '@orrery/api';
import type { ServiceAccountTokens } from '../authentication/service-account-tokens.driver.ts';
import type { UserInfo } from '../authentication/user-info.ts';
import { type Authorizer, resourceAttributes } from '../authorization/authorizer.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import { adoptNamespace } from '../registry/object-metadata.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import type { RequestInfo } from '../request-info/request-info.ts';

/** Questions that are asked by creating an object which is never stored: who am I, may I, whose token is this. */
export class ReviewHandler {
  constructor(
    private readonly authorizer: Authorizer,
    private readonly tokens: ServiceAccountTokens,
    private readonly decoder: ObjectDecoder,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { user, notes } = context;
    const { object, warnings } = this.decoder.decode(context);
    for (const warning of warnings) notes.warn(warning);
    adoptNamespace(object, context);
    return jsonResponse({ ...object, status: this.status(object as Review, user) }, 201);
  }

  private status(review: Review, user: UserInfo): unknown {
    switch (review.kind) {
      case 'SelfSubjectReview':
        return { userInfo: userFields(user) };
      case 'SelfSubjectAccessReview':
        return this.access(review, user);
      case 'SubjectAccessReview':
      case 'LocalSubjectAccessReview':
        return this.access(review, subjectOf(review.spec));
      case 'SelfSubjectRulesReview':
        if (!review.spec?.namespace) throw badRequest('no namespace on request');
        return this.rules(user);
      case 'TokenReview':
        return this.tokenStatus(review.spec);
      default:
        return review satisfies never;
    }
  }

  private access(review: AccessReview, user: UserInfo): unknown {
    const findings = validateAccessReview(review);
    if (findings.length > 0) throw invalid({ group: 'authorization.k8s.io', kind: review.kind }, '', findings);
    const { verdict, reason } = this.authorizer.decide(user, askedFor(review.spec));
    return { allowed: verdict === 'allow', ...(verdict === 'deny' && { denied: true }), ...(reason && { reason }) };
  }

  private rules(user: UserInfo): unknown {
    const everything = resourceAttributes({ verb: '*', resource: '*' });
    const allowed = this.authorizer.decide(user, everything).verdict === 'allow';
    return {
      resourceRules: allowed ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [],
      nonResourceRules: allowed ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : [],
      incomplete: false,
    };
  }

  private tokenStatus({ token = '', audiences = [] }: Partial<TokenReviewSpec> = {}): unknown {
    if (token === '') throw badRequest('token is required for TokenReview in authentication');
    const user = audiences.length > 0 ? this.tokens.verify(token, audiences) : this.tokens.verify(token);
    if (user === undefined) return { user: {}, error: 'invalid bearer token' };
    return {
      authenticated: true,
      user: userFields(user),
      audiences: audiences.length > 0 ? audiences : [this.tokens.issuer],
    };
  }
}

type Review =
  | AccessReview
  | (ApiObject & { readonly kind: 'SelfSubjectReview' })
  | (ApiObject & { readonly kind: 'SelfSubjectRulesReview'; readonly spec?: { readonly namespace?: string } })
  | (ApiObject & { readonly kind: 'TokenReview'; readonly spec?: TokenReviewSpec });

function userFields({ name, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return { username: name, ...(uid && { uid }), groups, ...(extra && { extra }) };
}

function subjectOf({ user = '', groups = [], uid, extra }: SubjectAccessReviewSpec = {}): UserInfo {
  return { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
}

function askedFor(spec: Attributes = {}): RequestInfo {
  const { nonResourceAttributes: path, resourceAttributes: asked = {} } = spec;
  if (path !== undefined) return { kind: 'path', verb: path.verb ?? '', path: path.path ?? '' };
  const { fieldSelector, labelSelector, ...attributes } = asked;
  return resourceAttributes(attributes);
}

interface Attributes {
  readonly resourceAttributes?: ResourceAttributes;
  readonly nonResourceAttributes?: NonResourceAttributes;
}
