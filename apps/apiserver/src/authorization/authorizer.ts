import type { UserInfo } from '../authentication/user-info.ts';
import type { RequestInfo, ResourceRequest } from '../request-info/request-info.ts';
import { IdentityAuthorization } from './identity-authorization.ts';

/** What one mode of authorization says. */
export interface Decision {
  /** `deny` ends the matter; after `noOpinion` the next mode is asked. */
  readonly verdict: 'allow' | 'deny' | 'noOpinion';
  /** For people and for the audit log; may be empty. */
  readonly reason: string;
}

/** One way to decide what a user may do. Pure: looks at nothing but what it holds. */
export interface AuthorizationMode {
  readonly name: string;
  decide(user: UserInfo, request: RequestInfo): Decision;
}

/** Asks one mode after the other until one has an opinion; what nobody allows is refused. */
export class Authorizer {
  constructor(private readonly modes: readonly AuthorizationMode[] = [new IdentityAuthorization()]) {}

  decide(user: UserInfo, request: RequestInfo): Decision {
    const reasons: string[] = [];
    for (const mode of this.modes) {
      const decision = mode.decide(user, request);
      if (decision.verdict !== 'noOpinion') return decision;
      if (decision.reason !== '') reasons.push(decision.reason);
    }
    return { verdict: 'noOpinion', reason: reasons.join('\n') };
  }

  /** Why the request is refused, in upstream's words, or `undefined` when it may go on. */
  refusal(user: UserInfo, request: RequestInfo): string | undefined {
    const { verdict, reason } = this.decide(user, request);
    if (verdict === 'allow') return undefined;
    const refused = request.kind === 'path' ? pathRefusal(user, request) : resourceRefusal(user, request);
    return reason === '' ? refused : `${refused}: ${reason}`;
  }
}

/** A request that nobody has made, to ask whether it would be allowed. */
export function resourceAttributes(asked: Partial<Omit<ResourceRequest, 'kind'>>): ResourceRequest {
  return {
    kind: 'resource',
    verb: '',
    group: '',
    version: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    rest: [],
    path: '',
    ...asked,
  };
}

function pathRefusal(user: UserInfo, request: { verb: string; path: string }): string {
  return `User "${user.name}" cannot ${request.verb} path "${request.path}"`;
}

function resourceRefusal(user: UserInfo, request: ResourceRequest): string {
  const resource = request.subresource === '' ? request.resource : `${request.resource}/${request.subresource}`;
  const subject = `User "${user.name}" cannot ${request.verb} resource "${resource}" in API group "${request.group}"`;
  if (request.namespace !== '') return `${subject} in the namespace "${request.namespace}"`;
  return `${subject} at the cluster scope`;
}
