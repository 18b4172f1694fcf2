import type { FlowSchemaSpec, PolicyRulesWithSubjects, PriorityLevelConfigurationSpec } from '@orrery/api';

/** An object of flow control that every cluster has. */
export interface DefaultObject<Spec> {
  readonly name: string;
  /** Its spec is always restored; that of a suggested one only unless the user objects. */
  readonly mandatory: boolean;
  readonly spec: Spec;
}

type Subjects = PolicyRulesWithSubjects['subjects'];
type ResourceRules = NonNullable<PolicyRulesWithSubjects['resourceRules']>;

/** Shares, percent that may be lent, and queues of upstream's levels. */
function limited(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queues: number,
  handSize = 6,
): DefaultObject<PriorityLevelConfigurationSpec> {
  const limitResponse = { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } };
  return {
    name,
    mandatory: false,
    spec: { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } },
  };
}

export const defaultPriorityLevels: readonly DefaultObject<PriorityLevelConfigurationSpec>[] = [
  {
    name: 'exempt',
    mandatory: true,
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  {
    name: 'catch-all',
    mandatory: true,
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    },
  },
  limited('system', 30, 33, 64),
  limited('node-high', 40, 25, 64),
  limited('leader-election', 10, 0, 16, 4),
  limited('workload-high', 40, 50, 128),
  limited('workload-low', 100, 90, 128),
  limited('global-default', 20, 50, 128),
];

const everyResource: ResourceRules = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] },
];
const everyPath = [{ verbs: ['*'], nonResourceURLs: ['*'] }];
const everybody = [...groups('system:unauthenticated', 'system:authenticated')];
const writesOfLeaders = ['get', 'create', 'update'];
const leases: ResourceRules = [
  { verbs: writesOfLeaders, apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
];

function everything(subjects: Subjects): PolicyRulesWithSubjects {
  return { subjects, resourceRules: everyResource, nonResourceRules: everyPath };
}

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  method: 'ByUser' | 'ByNamespace' | undefined,
  rules: PolicyRulesWithSubjects,
  mandatory = false,
): DefaultObject<FlowSchemaSpec> {
  return {
    name,
    mandatory,
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(method && { distinguisherMethod: { type: method } }),
      rules: [rules],
    },
  };
}

export const defaultFlowSchemas: readonly DefaultObject<FlowSchemaSpec>[] = [
  schema('exempt', 'exempt', 1, undefined, everything(groups('system:masters')), true),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(everybody), true),
  schema('system-nodes', 'system', 500, 'ByUser', everything(groups('system:nodes'))),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      {
        verbs: ['*'],
        apiGroups: [''],
        resources: ['nodes', 'nodes/status'],
        clusterScope: true,
        namespaces: ['*'],
      },
      { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
    ],
  }),
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...kubeSystemAccounts('*')],
    resourceRules: leases,
  }),
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
    subjects: [
      ...users('system:kube-controller-manager'),
      ...kubeSystemAccounts('endpoint-controller', 'endpointslicemirroring-controller'),
    ],
    resourceRules: [{ verbs: writesOfLeaders, apiGroups: [''], resources: ['endpoints'], namespaces: ['*'] }],
  }),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', {
    subjects: kubeSystemAccounts('*'),
    resourceRules: leases,
  }),
  schema(
    'kube-controller-manager',
    'workload-high',
    800,
    'ByNamespace',
    everything(users('system:kube-controller-manager')),
  ),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-scheduler'))),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything(kubeSystemAccounts('*'))),
  schema('service-accounts', 'workload-low', 9_000, 'ByUser', everything(groups('system:serviceaccounts'))),
  schema('global-default', 'global-default', 9_900, 'ByUser', everything(everybody)),
];

function groups(...names: string[]): Subjects {
  return names.map((name) => ({ kind: 'Group', group: { name } }));
}

function users(...names: string[]): Subjects {
  return names.map((name) => ({ kind: 'User', user: { name } }));
}

function kubeSystemAccounts(...names: string[]): Subjects {
  return names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } }));
}
