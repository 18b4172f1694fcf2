import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type ApiObject,
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
  type ResourceType,
  Service,
  ServiceAccount,
} from '@orrery/api';
import type { ListOptions } from '@orrery/client';
import { startCluster, type TestCluster } from '@orrery/testing';

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
  let cluster: TestCluster;
  beforeEach(async () => {
    cluster = await startCluster({ patience: '20s' });
    await cluster.waitFor(
      ServiceAccount,
      { namespace: 'default', name: 'default' },
      (account) => account !== undefined,
    );
  });
  afterEach(() => cluster.close());

  const manager = 'controller-manager-1';
  const restartManager = async () => {
    await cluster.stop(manager);
    await cluster.start(manager);
  };

  const create = (draft: Draft<Deployment>) => cluster.settle(cluster.api.create(Deployment, draft));
  const list = async <T extends ApiObject>(type: ResourceType<T>, options?: ListOptions) =>
    (await cluster.settle(cluster.api.list(type, options))).items;

  /** Waits until what the deployment says now has been carried out. */
  const available = async (replicas: number) => {
    const wanted = await cluster.settle(cluster.api.get(Deployment, key));
    return cluster.waitFor(Deployment, key, (deployment) => {
      const { observedGeneration, updatedReplicas, availableReplicas, replicas: all } = deployment?.status ?? {};
      return (
        deployment?.metadata.generation === wanted?.metadata.generation &&
        observedGeneration === wanted?.metadata.generation &&
        updatedReplicas === replicas &&
        availableReplicas === replicas &&
        all === replicas
      );
    });
  };
  const resourceVersions = async () => {
    const types = [Deployment, ReplicaSet, Pod, EndpointSlice, Endpoints, Service, Namespace];
    const lists = await Promise.all(types.map((type) => list<Pod>(type as typeof Pod)));
    return lists.flat().map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
  };

  it('rolls a deployment out, and then leaves it alone', async () => {
    await create(hello());
    const deployment = await available(3);
    const events = await list(Event);
    expect(deployment?.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(deployment?.status.conditions?.map(({ type, status, reason }) => [type, status, reason]).sort()).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ]);
    const [set] = await list(ReplicaSet);
    expect(set?.metadata.name).toBe(`hello-${set?.metadata.labels?.['pod-template-hash']}`);
    expect(events.map(({ message }) => message)).toContain(`Scaled up replica set ${set?.metadata.name} from 0 to 3`);
    expect(events.filter(({ reason }) => reason === 'SuccessfulCreate')).toHaveLength(3);

    await cluster.time.advance(2000);
    const before = await resourceVersions();
    await restartManager();
    await cluster.time.advance(5000);
    expect(await resourceVersions()).toEqual(before);
  });

  it('replaces a deleted pod, scales and updates without going below the minimum', async () => {
    await create(hello(4));
    await available(4);
    const [pod] = await list(Pod);
    const victim = pod?.metadata.name ?? '';
    await cluster.settle(cluster.api.delete(Pod, { namespace: 'default', name: victim }));
    await cluster.waitForAll(
      Pod,
      (pods) => pods.length === 4 && pods.every(({ metadata }) => metadata.name !== victim),
    );

    const image = { spec: { template: { spec: { containers: [{ name: 'web', image: 'hello:2' }] } } } };
    await cluster.settle(cluster.api.patch(Deployment, key, { type: 'strategic', body: image }));
    await available(4);
    expect((await list(ReplicaSet)).map(({ spec }) => spec.replicas).sort()).toEqual([0, 4]);

    const one = { spec: { replicas: 1 } };
    await cluster.settle(cluster.api.patch(Deployment, key, { type: 'merge', body: one }));
    await available(1);
  });

  it('goes on where a killed manager stopped', async () => {
    await create(hello(10));
    for (let kill = 0; kill < 8; kill++) {
      await restartManager();
      await cluster.time.advance(kill);
    }
    await available(10);
    expect(await list(Pod)).toHaveLength(10);
    expect(await list(ReplicaSet)).toHaveLength(1);
  });

  it('lists the pods behind a service', async () => {
    await create(hello());
    const spec = { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 'http' }] };
    await cluster.settle(cluster.api.create(Service, { metadata: { ...key }, spec }));
    await cluster.waitForAll(EndpointSlice, (slices) => {
      const ours = slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'hello');
      return ours.length === 1 && ours[0]?.endpoints?.length === 3 && ours[0].ports?.[0]?.port === 80;
    });
    await cluster.waitFor(Endpoints, key, (endpoints) => endpoints?.subsets?.[0]?.addresses?.length === 3);
  });

  it.each(['Background', 'Foreground'] as const)('deletes what a deployment owned: %s', async (propagationPolicy) => {
    await create(hello());
    await available(3);
    await cluster.settle(cluster.api.delete(Deployment, key, { propagationPolicy }));
    await cluster.waitForAll(Deployment, (deployments) => deployments.length === 0);
    await cluster.waitForAll(ReplicaSet, (sets) => sets.length === 0);
    await cluster.waitForAll(Pod, (pods) => pods.length === 0);
    expect([await list(Deployment), await list(ReplicaSet), await list(Pod)]).toEqual([[], [], []]);
  });

  it('leaves orphans', async () => {
    await create(hello());
    await available(3);
    await cluster.settle(cluster.api.delete(Deployment, key, { propagationPolicy: 'Orphan' }));
    await cluster.waitFor(Deployment, key, (deployment) => deployment === undefined);
    await cluster.time.advance(2000);
    expect((await list(ReplicaSet)).map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual([[]]);
    expect(await list(Pod)).toHaveLength(3);
  });

  it('empties a namespace and lets it go', async () => {
    const namespace = 'shop';
    const shop = { namespace: '', name: namespace };
    await cluster.settle(cluster.api.create(Namespace, { metadata: { name: namespace }, spec: {} }));
    await cluster.waitFor(ServiceAccount, { namespace, name: 'default' }, (account) => account !== undefined);
    const { certificate } = cluster.certificates.authority;
    const root = { namespace, name: 'kube-root-ca.crt' };
    await cluster.waitFor(ConfigMap, root, (configMap) => configMap?.data?.['ca.crt'] === certificate);
    const draft = hello();
    await create({ ...draft, metadata: { ...draft.metadata, namespace } });
    await cluster.waitForAll(
      Pod,
      (pods) => pods.filter(({ metadata }) => metadata.namespace === namespace).length === 3,
    );
    await cluster.settle(cluster.api.delete(Namespace, shop));
    await cluster.waitFor(Namespace, shop, (object) => object === undefined);
    expect(await list(Pod, { namespace })).toEqual([]);
  });

  it('gives nodes their pod range, and notices that one falls silent', async () => {
    const node1 = { namespace: '', name: 'node-1' };
    await cluster.waitFor(Node, node1, (node) => node?.spec.podCIDR === '10.244.0.0/24');
    await cluster.time.advance(60_000);
    expect((await cluster.settle(cluster.api.get(Node, node1)))?.spec.taints ?? []).toEqual([]);
    await cluster.crash('kubelet-node-1');
    await cluster.time.advance(55_000);
    const node = await cluster.settle(cluster.api.get(Node, node1));
    expect(node?.status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('Unknown');
    expect(node?.spec.taints?.map(({ key: name, effect }) => `${name}:${effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
  });
});
