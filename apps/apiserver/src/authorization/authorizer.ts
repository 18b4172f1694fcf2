import type { UserInfo } from '../authentication/user-info.ts';
import type { RequestInfo } from '../request-info/request-info.ts';

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

/** Decides by identity alone: masters and the cluster's own components may do everything, others read open paths. */
export class Authorizer {
  /** Why the request is refused, or `undefined` when it may go on. */
  refusal(user: UserInfo, request: RequestInfo): string | undefined {
    if (user.groups.includes('system:masters') || isComponent(user)) return undefined;
    if (request.kind === 'path') return isOpen(request.path) ? undefined : pathRefusal(user, request);
    if (isSelfReview(request)) return undefined;
    return resourceRefusal(user, request);
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

function pathRefusal(user: UserInfo, request: { verb: string; path: string }): string {
  return `User "${user.name}" cannot ${request.verb} path "${request.path}"`;
}

function resourceRefusal(user: UserInfo, request: Extract<RequestInfo, { kind: 'resource' }>): string {
  const resource = request.subresource === '' ? request.resource : `${request.resource}/${request.subresource}`;
  const subject = `User "${user.name}" cannot ${request.verb} resource "${resource}" in API group "${request.group}"`;
  if (request.namespace !== '') return `${subject} in the namespace "${request.namespace}"`;
  return `${subject} at the cluster scope`;
}
