import { describe, expect, it } from '@jest/globals';
import { requestInfoOf } from './request-info.ts';
import { requestSubject } from './request-subject.ts';

describe('a request, as authorization sees it,', () => {
  it.each([
    ['GET', '/api/v1/namespaces/a', { namespace: 'a', name: 'a' }],
    ['PUT', '/api/v1/namespaces/a/finalize', { namespace: 'a', name: 'a', subresource: 'finalize' }],
    ['GET', '/api/v1/namespaces', { namespace: '', name: '' }],
    ['GET', '/api/v1/namespaces/a/pods/b', { namespace: 'a', name: 'b' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Db', { namespace: '', name: 'b', verb: 'list' }],
    ['GET', '/api/v1/pods?watch=1&fieldSelector=metadata.name%3Db', { name: 'b', verb: 'watch' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name!%3Db', { name: '' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Da%2Fb', { name: '' }],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name', { name: '' }],
    ['DELETE', '/api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Db', { name: '', verb: 'deletecollection' }],
  ])('%s %s is about %j', (method, url, subject) => {
    const { pathname: path, searchParams: query } = new URL(url, 'https://x');
    expect(requestSubject(requestInfoOf({ method, path, query }), query)).toMatchObject(subject);
  });
});
