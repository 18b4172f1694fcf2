import { canonicalQuantity, ResourceQuota } from '@orrery/api';
import type { TestCluster } from '@orrery/testing';
import type { TestNamespace } from './test-namespace.ts';

export type Amounts = Readonly<Record<string, string>>;

/** What the quota of most tests allows. */
export const usualLimits: Amounts = {
  pods: '5',
  services: '10',
  'services.nodeports': '1',
  'services.loadbalancers': '1',
  replicationcontrollers: '10',
  resourcequotas: '1',
  cpu: '1',
  memory: '500Mi',
  configmaps: '10',
  secrets: '10',
  persistentvolumeclaims: '10',
  'requests.storage': '10Gi',
  'ephemeral-storage': '50Gi',
  'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '10',
  'gold.storageclass.storage.k8s.io/requests.storage': '10Gi',
  'count/replicasets.apps': '5',
  'requests.example.com/dongle': '3',
};

/** A quota of a test's namespace. */
export class TestQuota {
  private constructor(
    private readonly cluster: TestCluster,
    private readonly namespace: TestNamespace,
    readonly name: string,
  ) {}

  static async create(
    cluster: TestCluster,
    namespace: TestNamespace,
    {
      name = 'test-quota',
      hard = usualLimits,
      scopes,
    }: { name?: string; hard?: Amounts; scopes?: readonly string[] } = {},
  ): Promise<TestQuota> {
    await namespace.create('resourcequotas', { metadata: { name }, spec: { hard, scopes } });
    return new TestQuota(cluster, namespace, name);
  }

  /** Until so much is used; of other resources there may be any amount. */
  async untilUsed(used: Amounts): Promise<void> {
    const key = { namespace: this.namespace.name, name: this.name };
    await this.cluster.waitFor(ResourceQuota, key, (quota) => {
      const counted = quota?.status?.used ?? {};
      return Object.entries(used).every(([resource, amount]) => isSame(counted[resource], amount));
    });
  }
}

function isSame(left: string | undefined, right: string): boolean {
  return left !== undefined && canonicalQuantity(left) === canonicalQuantity(right);
}

/** A pod whose only container asks for so much. */
export function podWith(name: string, requests: Amounts = {}, limits: Amounts = {}, spec: object = {}) {
  return {
    metadata: { name },
    spec: {
      containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10', resources: { requests, limits } }],
      ...spec,
    },
  };
}
