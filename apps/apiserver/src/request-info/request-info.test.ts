import { describe, expect, it } from '@jest/globals';
import { requestInfoOf } from './request-info.ts';

function read(method: string, url: string) {
  const [path = '', query = ''] = url.split('?');
  return requestInfoOf({ method, path, query: new URLSearchParams(query) });
}

describe('a request line', () => {
  it.each([
    ['GET', '/api/v1/pods', 'list', '', 'pods', '', '', ''],
    ['GET', '/api/v1/namespaces/a/pods', 'list', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/namespaces/a/pods?watch=true', 'watch', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/namespaces/a/pods?watch=0', 'list', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/namespaces/a/pods?watch', 'watch', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/namespaces/a/pods?watch=yes', 'watch', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/namespaces/a/pods?watch=False', 'list', '', 'pods', 'a', '', ''],
    ['GET', '/api/v1/namespaces/a/pods/b?watch=true', 'get', '', 'pods', 'a', 'b', ''],
    ['GET', '/api/v1/watch/namespaces/a/pods/b', 'watch', '', 'pods', 'a', 'b', ''],
    ['GET', '/api/v1/watch/pods', 'watch', '', 'pods', '', '', ''],
    ['GET', '/api/v1/namespaces/a', 'get', '', 'namespaces', '', 'a', ''],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update', '', 'namespaces', '', 'a', 'finalize'],
    ['GET', '/api/v1/namespaces/a/pods/b/log', 'get', '', 'pods', 'a', 'b', 'log'],
    ['POST', '/apis/apps/v1/namespaces/a/deployments', 'create', 'apps', 'deployments', 'a', '', ''],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/b/scale', 'patch', 'apps', 'deployments', 'a', 'b', 'scale'],
    ['DELETE', '/api/v1/nodes/n', 'delete', '', 'nodes', '', 'n', ''],
    ['DELETE', '/api/v1/nodes', 'deletecollection', '', 'nodes', '', '', ''],
    ['GET', '/api/v1/nodes/a%2Fb', 'get', '', 'nodes', '', 'a/b', ''],
  ])('%s %s', (method, url, verb, group, resource, namespace, name, subresource) => {
    expect(read(method, url)).toMatchObject({ kind: 'resource', verb, group, resource, namespace, name, subresource });
  });

  it.each(['/', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/healthz', '/openapi/v2', '/api/v1/%zz'])(
    '%s is no resource',
    (path) => {
      expect(read('GET', path)).toEqual({ kind: 'path', verb: 'get', path });
    },
  );
});
