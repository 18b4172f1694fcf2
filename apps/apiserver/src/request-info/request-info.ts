import type { ApiRequest } from '../http/api-request.ts';
import { booleanParameter } from '../http/query-parameters.ts';

/** What a request is about, read from its path, method and query alone. */
export type RequestInfo = ResourceRequest | PathRequest;

export interface ResourceRequest {
  readonly kind: 'resource';
  /** get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Empty where the request is for the object itself. */
  readonly subresource: string;
  /** Empty for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** Empty for collections. */
  readonly name: string;
  /** What follows the subresource: the path behind `proxy`. */
  readonly rest: readonly string[];
  readonly path: string;
}

/** Everything that is no resource: discovery, health, version. */
export interface PathRequest {
  readonly kind: 'path';
  /** The method in lower case. */
  readonly verb: string;
  readonly path: string;
}

const namespaceSubresources = new Set(['status', 'finalize']);

/** Reads the request line. Never throws: what is no resource path is a path. */
export function requestInfoOf(request: Pick<ApiRequest, 'method' | 'path' | 'query'>): RequestInfo {
  const other: PathRequest = { kind: 'path', verb: request.method.toLowerCase(), path: request.path };
  const parts = request.path.split('/').filter((part) => part !== '');
  const decoded = decodeParts(parts);
  if (decoded === undefined) return other;
  const head = groupVersionOf(decoded);
  if (head === undefined || head.rest.length === 0) return other;
  return resourceRequest(request, head);
}

interface Head {
  readonly group: string;
  readonly version: string;
  readonly rest: string[];
}

function decodeParts(parts: readonly string[]): string[] | undefined {
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function groupVersionOf(parts: readonly string[]): Head | undefined {
  const [root, first, second] = parts;
  if (root === 'api' && first !== undefined) return { group: '', version: first, rest: parts.slice(2) };
  if (root === 'apis' && first !== undefined && second !== undefined) {
    return { group: first, version: second, rest: parts.slice(3) };
  }
  return undefined;
}

function resourceRequest(request: Pick<ApiRequest, 'method' | 'path' | 'query'>, head: Head): ResourceRequest {
  let rest = head.rest;
  // The deprecated form /api/v1/watch/... is a watch without a query.
  const watchPath = rest[0] === 'watch';
  if (watchPath) rest = rest.slice(1);
  let namespace = '';
  const second = rest[2];
  if (rest[0] === 'namespaces' && second !== undefined && !namespaceSubresources.has(second)) {
    namespace = rest[1] ?? '';
    rest = rest.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...tail] = rest;
  const verb = verbOf(request, name, watchPath);
  const { group, version } = head;
  return {
    kind: 'resource',
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    rest: tail,
    path: request.path,
  };
}

function verbOf(request: Pick<ApiRequest, 'method' | 'query'>, name: string, watchPath: boolean): string {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (watchPath) return 'watch';
      if (name !== '') return 'get';
      return booleanParameter(request.query, 'watch') === true ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return request.method.toLowerCase();
  }
}
