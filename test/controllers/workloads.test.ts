import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  ConfigMap,
  Deployment,
  type Draft,
  EndpointSlice,
  Endpoints,
  Event,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Service,
  ServiceAccount,
} from '@orrery/api';
import { ControllerCluster } from './controller-cluster.ts';

jest.setTimeout(60_000);

const key = { namespace: 'default', name: 'hello' };

function hello(replicas = 3, image = 'hello:1'): Draft<Deployment> {
  return {
    metadata: { name: 'hello', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'hello' } },
      template: {
        metadata: { labels: { app: 'hello' } } as unknown as Deployment['metadata'],
        spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 80 }] }] },
      },
    },
  };
}

describe('workloads', () => {
  let cluster: ControllerCluster;
  beforeEach(async () => {
    cluster = await ControllerCluster.start();
    await cluster.until(async (api) => {
      const account = await api.get(ServiceAccount, { namespace: 'default', name: 'default' });
      return account !== undefined;
    });
  });
  afterEach(() => cluster.stop());

  const available = (replicas: number) => async (api: ControllerCluster['api']) => {
    const deployment = await api.get(Deployment, key);
    const { observedGeneration, updatedReplicas, availableReplicas, replicas: all } = deployment?.status ?? {};
    return (
      observedGeneration === deployment?.metadata.generation &&
      updatedReplicas === replicas &&
      availableReplicas === replicas &&
      all === replicas
    );
  };
  const resourceVersions = () =>
    cluster.do(async (api) => {
      const types = [Deployment, ReplicaSet, Pod, EndpointSlice, Endpoints, Service, Namespace];
      const lists = await Promise.all(types.map((type) => api.list<Pod>(type as typeof Pod)));
      return lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`));
    });

  it('rolls a deployment out, and then leaves it alone', async () => {
    await cluster.do((api) => api.create(Deployment, hello()));
    await cluster.until(available(3));
    const [deployment, sets, events] = await cluster.do(async (api) => [
      await api.get(Deployment, key),
      await api.list(ReplicaSet),
      await api.list(Event),
    ]);
    expect(deployment?.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(deployment?.status.conditions?.map(({ type, status, reason }) => [type, status, reason]).sort()).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ]);
    const [set] = sets.items;
    expect(set?.metadata.name).toBe(`hello-${set?.metadata.labels?.['pod-template-hash']}`);
    expect(events.items.map(({ message }) => message)).toContain(
      `Scaled up replica set ${set?.metadata.name} from 0 to 3`,
    );
    expect(events.items.filter(({ reason }) => reason === 'SuccessfulCreate')).toHaveLength(3);

    await cluster.host.time.advance(2000);
    const before = await resourceVersions();
    await cluster.restartManager();
    await cluster.host.time.advance(5000);
    expect(await resourceVersions()).toEqual(before);
  });

  it('replaces a deleted pod, scales and updates without going below the minimum', async () => {
    await cluster.do((api) => api.create(Deployment, hello(4)));
    await cluster.until(available(4));
    const pods = await cluster.do((api) => api.list(Pod));
    const victim = pods.items[0]?.metadata.name ?? '';
    await cluster.do((api) => api.delete(Pod, { namespace: 'default', name: victim }));
    await cluster.until(async (api) => {
      const { items } = await api.list(Pod);
      return items.length === 4 && items.every(({ metadata }) => metadata.name !== victim);
    });

    const image = { spec: { template: { spec: { containers: [{ name: 'web', image: 'hello:2' }] } } } };
    await cluster.do((api) => api.patch(Deployment, key, { type: 'strategic', body: image }));
    await cluster.until(available(4));
    const sets = await cluster.do((api) => api.list(ReplicaSet));
    expect(sets.items.map(({ spec }) => spec.replicas).sort()).toEqual([0, 4]);

    await cluster.do((api) => api.patch(Deployment, key, { type: 'merge', body: { spec: { replicas: 1 } } }));
    await cluster.until(available(1));
  });

  it('goes on where a killed manager stopped', async () => {
    await cluster.do((api) => api.create(Deployment, hello(10)));
    for (let kill = 0; kill < 8; kill++) {
      await cluster.restartManager();
      await cluster.host.time.advance(kill);
    }
    await cluster.until(available(10));
    expect((await cluster.do((api) => api.list(Pod))).items).toHaveLength(10);
    expect((await cluster.do((api) => api.list(ReplicaSet))).items).toHaveLength(1);
  });

  it('lists the pods behind a service', async () => {
    await cluster.do(async (api) => {
      await api.create(Deployment, hello());
      const spec = { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 'http' }] };
      await api.create(Service, { metadata: { name: 'hello', namespace: 'default' }, spec });
    });
    await cluster.until(async (api) => {
      const { items } = await api.list(EndpointSlice, { labelSelector: 'kubernetes.io/service-name=hello' });
      return items.length === 1 && items[0]?.endpoints?.length === 3 && items[0].ports?.[0]?.port === 80;
    });
    await cluster.until(async (api) => (await api.get(Endpoints, key))?.subsets?.[0]?.addresses?.length === 3);
  });

  it.each(['Background', 'Foreground'] as const)('deletes what a deployment owned: %s', async (propagationPolicy) => {
    await cluster.do((api) => api.create(Deployment, hello()));
    await cluster.until(available(3));
    await cluster.do((api) => api.delete(Deployment, key, { propagationPolicy }));
    await cluster.until(async (api) => {
      const counts = [await api.list(Deployment), await api.list(ReplicaSet), await api.list(Pod)];
      return counts.every(({ items }) => items.length === 0);
    });
  });

  it('leaves orphans', async () => {
    await cluster.do((api) => api.create(Deployment, hello()));
    await cluster.until(available(3));
    await cluster.do((api) => api.delete(Deployment, key, { propagationPolicy: 'Orphan' }));
    await cluster.until(async (api) => (await api.get(Deployment, key)) === undefined);
    await cluster.host.time.advance(2000);
    const [sets, pods] = await cluster.do(async (api) => [await api.list(ReplicaSet), await api.list(Pod)]);
    expect(sets.items.map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([[]]);
    expect(pods.items).toHaveLength(3);
  });

  it('empties a namespace and lets it go', async () => {
    const namespace = 'shop';
    await cluster.do((api) => api.create(Namespace, { metadata: { name: namespace }, spec: {} }));
    const root = { namespace, name: 'kube-root-ca.crt' };
    await cluster.until(async (api) => {
      const account = await api.get(ServiceAccount, { namespace, name: 'default' });
      return account !== undefined && (await api.get(ConfigMap, root))?.data?.['ca.crt'] === 'PEM';
    });
    const draft = hello();
    await cluster.do((api) => api.create(Deployment, { ...draft, metadata: { ...draft.metadata, namespace } }));
    await cluster.until(async (api) => (await api.list(Pod, { namespace })).items.length === 3);
    await cluster.do((api) => api.delete(Namespace, { namespace: '', name: namespace }));
    await cluster.until(async (api) => (await api.get(Namespace, { namespace: '', name: namespace })) === undefined);
    expect((await cluster.do((api) => api.list(Pod, { namespace }))).items).toEqual([]);
  });

  it('gives nodes their pod range, and notices that one falls silent', async () => {
    const fallSilent = await cluster.addNode('node-1');
    const nodeKey = { namespace: '', name: 'node-1' };
    await cluster.until(async (api) => (await api.get(Node, nodeKey))?.spec.podCIDR === '10.244.0.0/24');
    await cluster.host.time.advance(60_000);
    expect((await cluster.do((api) => api.get(Node, nodeKey)))?.spec.taints ?? []).toEqual([]);
    fallSilent();
    await cluster.host.time.advance(55_000);
    const node = await cluster.do((api) => api.get(Node, nodeKey));
    expect(node?.status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('Unknown');
    expect(node?.spec.taints?.map(({ key: name, effect }) => `${name}:${effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
  });
});
