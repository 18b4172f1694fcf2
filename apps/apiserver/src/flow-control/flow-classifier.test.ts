import { describe, expect, it } from '@jest/globals';
import type { FlowSchema } from '@orrery/api';
import { requestInfoOf } from '../request-info/request-info.ts';
import { defaultFlowSchemas } from './default-objects.ts';
import { FlowClassifier } from './flow-classifier.ts';

const defaults = defaultFlowSchemas.map(({ name, spec }) => ({ metadata: { name }, spec })) as unknown as FlowSchema[];
const authenticated = 'system:authenticated';

function flowOf(name: string, groups: readonly string[], line: string): string {
  const [method = '', url = ''] = line.split(' ');
  const [path = '', query = ''] = url.split('?');
  const target = requestInfoOf({ method, path, query: new URLSearchParams(query) });
  const flow = new FlowClassifier(defaults).classify({ name, groups }, target);
  return `${flow?.schema.metadata.name}/${flow?.distinguisher}`;
}

describe('upstream’s flow schemas', () => {
  const lease = 'PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';
  it.each([
    ['admin', ['system:masters', authenticated], 'GET /api/v1/pods', 'exempt/'],
    ['system:anonymous', ['system:unauthenticated'], 'GET /livez', 'probes/'],
    ['system:anonymous', ['system:unauthenticated'], 'GET /livez/etcd', 'global-default/system:anonymous'],
    [
      'system:node:a',
      ['system:nodes', authenticated],
      'PATCH /api/v1/nodes/a/status',
      'system-node-high/system:node:a',
    ],
    ['system:node:a', ['system:nodes', authenticated], 'GET /api/v1/pods', 'system-nodes/system:node:a'],
    ['system:kube-scheduler', [authenticated], lease, 'system-leader-election/system:kube-scheduler'],
    ['system:kube-scheduler', [authenticated], 'GET /api/v1/namespaces/a/pods', 'kube-scheduler/a'],
    [
      'system:serviceaccount:kube-system:x',
      ['system:serviceaccounts', authenticated],
      'GET /api/v1/namespaces/a/pods',
      'kube-system-service-accounts/a',
    ],
    [
      'system:serviceaccount:a:x',
      ['system:serviceaccounts', authenticated],
      'GET /api/v1/pods',
      'service-accounts/system:serviceaccount:a:x',
    ],
    ['jane', [authenticated], 'GET /api/v1/pods', 'global-default/jane'],
  ])('%s of %j: %s is %s', (name, groups, line, expected) => {
    expect(flowOf(name, groups, line)).toBe(expected);
  });

  it('know nobody without a group', () => {
    expect(flowOf('nobody', [], 'GET /api/v1/pods')).toBe('undefined/undefined');
  });
});
