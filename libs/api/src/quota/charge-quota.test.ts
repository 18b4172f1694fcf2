import { describe, expect, it } from '@jest/globals';
import type { ResourceQuota } from '../generated/kinds.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { formatAmounts } from './amounts.ts';
import { chargeQuota, quotaProblem } from './charge-quota.ts';
import { quotaEvaluatorOf } from './evaluator-of.ts';
import type { QuotaEvaluator, QuotaWrite } from './quota-evaluator.ts';

const now = 1_800_000_000_000;

function quota(hard: Record<string, string>, used: Record<string, string>, spec: object = {}): ResourceQuota {
  const metadata = { name: 'q', namespace: 'n' };
  return { metadata, spec: { hard, ...spec }, status: { hard, used } } as unknown as ResourceQuota;
}

function evaluatorOf(resource: string, group = ''): QuotaEvaluator {
  const evaluator = quotaEvaluatorOf({ group, resource });
  if (evaluator === undefined) throw new Error(`${resource} are not counted`);
  return evaluator;
}

function created(spec: object, others: object = {}): QuotaWrite {
  return { operation: 'CREATE', subresource: '', object: { metadata: {}, spec, ...others } as unknown as ApiObject };
}

function podOf(resources: object, spec: object = {}): QuotaWrite {
  return created({ containers: [{ name: 'c', resources }], ...spec });
}

/** The quota's usage after the write, or why there is none. */
function answer(of: ResourceQuota, resource: string, write: QuotaWrite, group = ''): unknown {
  const got = chargeQuota(of, evaluatorOf(resource, group), write, now);
  if (got.kind === 'charged') return formatAmounts(got.used);
  return got.kind === 'refused' ? got.detail : got.kind;
}

describe('pods', () => {
  it.each<[string, ResourceQuota, QuotaWrite, unknown]>([
    ['are counted', quota({ pods: '2' }, { pods: '1' }), podOf({}), { pods: '2' }],
    [
      'are refused beyond the limit',
      quota({ pods: '1', 'count/pods': '1' }, { pods: '1', 'count/pods': '1' }),
      podOf({}),
      'exceeded quota: q, requested: count/pods=1,pods=1, used: count/pods=1,pods=1, limited: count/pods=1,pods=1',
    ],
    [
      'take what they request and limit',
      quota(
        { cpu: '2', 'requests.memory': '1Gi', 'limits.cpu': '3' },
        { cpu: '500m', 'requests.memory': '0', 'limits.cpu': '0' },
      ),
      podOf({ requests: { cpu: '250m', memory: '128Mi' }, limits: { cpu: '1' } }),
      { cpu: '750m', 'limits.cpu': '1', 'requests.memory': '128Mi' },
    ],
    [
      'only exceed what they exceed',
      quota({ 'requests.cpu': '1', pods: '10' }, { 'requests.cpu': '750m', pods: '3' }),
      podOf({ requests: { cpu: '500m' } }),
      'exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=750m, limited: requests.cpu=1',
    ],
    [
      'take devices by request',
      quota({ 'requests.example.com/gpu': '2' }, { 'requests.example.com/gpu': '0' }),
      podOf({ requests: { 'example.com/gpu': '1' } }),
      { 'requests.example.com/gpu': '1' },
    ],
    [
      'take the most that they need at once',
      quota({ cpu: '4' }, { cpu: '0' }),
      created({
        containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }],
        initContainers: [
          { name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } },
          { name: 'i', resources: { requests: { cpu: '2' } } },
        ],
        overhead: { cpu: '100m' },
      }),
      { cpu: '2600m' },
    ],
    [
      'that are in no scope are free',
      quota({ pods: '1' }, { pods: '1' }, { scopes: ['Terminating'] }),
      podOf({}),
      'free',
    ],
    [
      'are in scopes by deadline',
      quota({ pods: '1' }, { pods: '0' }, { scopes: ['Terminating', 'BestEffort'] }),
      podOf({}, { activeDeadlineSeconds: 5 }),
      { pods: '1' },
    ],
    [
      'are in scopes by priority class',
      quota(
        { pods: '1' },
        { pods: '0' },
        {
          scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
        },
      ),
      podOf({}, { priorityClassName: 'high' }),
      { pods: '1' },
    ],
    [
      'are in scopes by what they are near to',
      quota({ pods: '1' }, { pods: '0' }, { scopes: ['CrossNamespacePodAffinity'] }),
      podOf(
        {},
        {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k', namespaces: ['other'] }],
            },
          },
        },
      ),
      { pods: '1' },
    ],
    [
      'that have ended only take their place',
      quota({ pods: '1', 'count/pods': '5' }, { pods: '1', 'count/pods': '1' }),
      created({ containers: [] }, { status: { phase: 'Succeeded' } }),
      { 'count/pods': '2', pods: '1' },
    ],
  ])('%s', (_, of, write, expected) => {
    expect(answer(of, 'pods', write)).toEqual(expected);
  });

  it('have to state what is limited', () => {
    const limited = quota({ 'limits.cpu': '1', 'requests.memory': '1Gi', pods: '5' }, {});
    const write = created({
      containers: [
        { name: 'b', resources: {} },
        { name: 'a', resources: { limits: { cpu: '1' } } },
      ],
    });
    expect(quotaProblem(limited, evaluatorOf('pods'), write)).toBe(
      'failed quota: q: must specify limits.cpu for: b; requests.memory for: a,b',
    );
  });

  it('wait for quotas that are not counted yet', () => {
    expect(
      quotaProblem(quota({ pods: '5', cpu: '1' }, {}), evaluatorOf('pods'), podOf({ requests: { cpu: '1' } })),
    ).toBe('status unknown for quota: q, resources: cpu,pods');
  });

  it('that are resized pay the difference', () => {
    const [object, old] = ['2', '500m'].map((cpu) => podOf({ requests: { cpu } }).object);
    const write = { operation: 'UPDATE', subresource: 'resize', object, old } as QuotaWrite;
    expect(answer(quota({ cpu: '4', pods: '1' }, { cpu: '1', pods: '1' }), 'pods', write)).toEqual({
      cpu: '2500m',
      pods: '1',
    });
  });
});

describe('other kinds', () => {
  const names = { services: '9', 'services.nodeports': '9', 'services.loadbalancers': '9' };
  const none = { services: '0', 'services.nodeports': '0', 'services.loadbalancers': '0' };
  const ports = [{ port: 1 }, { port: 2, nodePort: 30_000 }];

  it.each<[string, object, unknown]>([
    [
      'ClusterIP',
      { type: 'ClusterIP', ports },
      { services: '1', 'services.loadbalancers': '0', 'services.nodeports': '0' },
    ],
    [
      'NodePort',
      { type: 'NodePort', ports },
      { services: '1', 'services.loadbalancers': '0', 'services.nodeports': '2' },
    ],
    [
      'LoadBalancer',
      { type: 'LoadBalancer', ports },
      { services: '1', 'services.loadbalancers': '1', 'services.nodeports': '2' },
    ],
    [
      'LoadBalancer without node ports',
      { type: 'LoadBalancer', ports, allocateLoadBalancerNodePorts: false },
      { services: '1', 'services.loadbalancers': '1', 'services.nodeports': '1' },
    ],
  ])('services: %s', (_, spec, expected) => {
    expect(answer(quota(names, none), 'services', created(spec))).toEqual(expected);
  });

  it('services that change their type pay the difference', () => {
    const write = {
      ...created({ type: 'NodePort', ports }),
      operation: 'UPDATE' as const,
      old: created({ type: 'ClusterIP', ports }).object,
    };
    expect(answer(quota(names, none), 'services', write)).toEqual({ ...none, 'services.nodeports': '2' });
  });

  it('claims count by storage class too', () => {
    const hard = { 'requests.storage': '5Gi', 'gold.storageclass.storage.k8s.io/requests.storage': '2Gi' };
    const used = { 'requests.storage': '0', 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi' };
    const claim = created({ storageClassName: 'gold', resources: { requests: { storage: '2Gi' } } });
    expect(answer(quota(hard, used), 'persistentvolumeclaims', claim)).toBe(
      'exceeded quota: q, requested: gold.storageclass.storage.k8s.io/requests.storage=2Gi, used: gold.storageclass.storage.k8s.io/requests.storage=1Gi, limited: gold.storageclass.storage.k8s.io/requests.storage=2Gi',
    );
  });

  it('any kind counts under its full name, some under a short one', () => {
    expect(
      answer(
        quota({ 'count/deployments.apps': '1' }, { 'count/deployments.apps': '0' }),
        'deployments',
        created({}),
        'apps',
      ),
    ).toEqual({ 'count/deployments.apps': '1' });
    expect(answer(quota({ secrets: '1' }, { secrets: '0' }), 'secrets', created({}))).toEqual({ secrets: '1' });
  });

  it('events never count', () => {
    expect(quotaEvaluatorOf({ group: 'events.k8s.io', resource: 'events' })).toBeUndefined();
  });
});
