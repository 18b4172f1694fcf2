import { describe, expect, it } from '@jest/globals';
import { requestInfoOf } from '../request-info/request-info.ts';
import { type AuditPolicy, auditDecision } from './audit-policy.ts';

const policy: AuditPolicy = {
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:kube-proxy'], verbs: ['watch'] },
    { level: 'None', nonResourceURLs: ['/healthz*', '/version'] },
    { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'pods/*'] }] },
    { level: 'Request', namespaces: ['kube-system'], resources: [{ group: 'apps' }], omitManagedFields: true },
    { level: 'None', resources: [{ group: '', resources: ['configmaps'], resourceNames: ['noise'] }] },
    { level: 'RequestResponse', userGroups: ['auditors'], omitStages: ['ResponseStarted'] },
  ],
};

function decide(line: string, name = 'jane', groups: readonly string[] = []) {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', query = ''] = url.split('?');
  const target = requestInfoOf({ method, path, query: new URLSearchParams(query) });
  return auditDecision(policy, { name, groups }, target);
}

describe('an audit policy', () => {
  it.each([
    ['GET /api/v1/pods?watch=true', 'system:kube-proxy', 'None'],
    ['GET /healthz/etcd', 'jane', 'None'],
    ['GET /api/v1/namespaces/a/secrets/b', 'jane', 'Metadata'],
    ['GET /api/v1/namespaces/a/pods/b/log', 'jane', 'Metadata'],
    ['GET /api/v1/namespaces/a/pods/b', 'jane', 'None'],
    ['GET /apis/apps/v1/namespaces/kube-system/deployments', 'jane', 'Request'],
    ['GET /apis/apps/v1/namespaces/default/deployments', 'jane', 'None'],
  ])('%s by %s is written down at level %s', (line, user, level) => {
    expect(decide(line, user).level).toBe(level);
  });

  it('adds up what is left out', () => {
    const decision = decide('GET /api/v1/namespaces/a/configmaps/b', 'jane', ['auditors']);
    expect(decision).toEqual({
      level: 'RequestResponse',
      omitStages: new Set(['RequestReceived', 'ResponseStarted']),
      omitManagedFields: false,
    });
    expect(decide('GET /api/v1/namespaces/a/configmaps/noise', 'jane', ['auditors']).level).toBe('None');
  });
});
