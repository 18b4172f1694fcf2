import type { UserInfo } from '../authentication/user-info.ts';
import type { RequestInfo } from '../request-info/request-info.ts';
import type { AuthorizationMode, Decision } from './authorizer.ts';

const openPaths = new Set(['/', '/api', '/apis', '/version', '/healthz', '/livez', '/readyz', '/openapi']);
const openPrefixes = ['/api/', '/apis/', '/healthz/', '/livez/', '/readyz/', '/openapi/', '/version/'];
const componentUsers = new Set([
  'system:apiserver',
  'system:admin',
  'system:kube-scheduler',
  'system:kube-controller-manager',
  'system:cloud-controller-manager',
  'system:kube-proxy',
]);

const allowed: Decision = { verdict: 'allow', reason: '' };
const noOpinion: Decision = { verdict: 'noOpinion', reason: '' };

/** Decides by identity alone: masters and the cluster's own components may do everything, others read open paths. */
export class IdentityAuthorization implements AuthorizationMode {
  readonly name = 'Identity';

  decide(user: UserInfo, request: RequestInfo): Decision {
    if (user.groups.includes('system:masters') || isComponent(user)) return allowed;
    if (request.kind === 'path') return isOpen(request.path) ? allowed : noOpinion;
    return isSelfReview(request) ? allowed : noOpinion;
  }
}

function isComponent(user: UserInfo): boolean {
  return componentUsers.has(user.name) || user.groups.includes('system:nodes');
}

function isOpen(path: string): boolean {
  return openPaths.has(path) || openPrefixes.some((prefix) => path.startsWith(prefix));
}

function isSelfReview(request: RequestInfo): boolean {
  return request.kind === 'resource' && request.verb === 'create' && request.resource.startsWith('selfsubject');
}
