import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type ApiObject,
  Namespace,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  ReplicationController,
  ResourceQuota,
  type ResourceType,
  ServiceAccount,
} from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';

jest.setTimeout(60_000);

const manager = 'controller-manager-1';
const labels = { app: 'web' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };

describe('controllers of replicas, budgets, quotas and protection', () => {
  let cluster: TestCluster;
  let namespaces = 0;
  beforeAll(async () => {
    cluster = await startCluster({ settings: { apiserver: { advertiseAddress: '192.0.2.1' } } });
  });
  afterAll(() => cluster.close());

  const newNamespace = async (): Promise<string> => {
    const name = `test-${++namespaces}`;
    await cluster.settle(cluster.api.create(Namespace, { metadata: { name }, spec: {} }));
    await cluster.waitFor(ServiceAccount, { namespace: name, name: 'default' }, (account) => account !== undefined);
    return name;
  };
  const podsOf = async (namespace: string) => (await cluster.settle(cluster.api.list(Pod, { namespace }))).items;
  const replicate = async (namespace: string, replicas: number) => {
    const metadata = { name: 'web', namespace };
    const spec = { replicas, selector: labels, template };
    await cluster.settle(cluster.api.create(ReplicationController, { metadata, spec }));
    await cluster.waitFor(ReplicationController, metadata, (one) => one?.status.availableReplicas === replicas);
    return metadata;
  };
  const versions = async () => {
    const types: ResourceType<ApiObject>[] = [ReplicationController, PodDisruptionBudget, ResourceQuota, Pod];
    const lists = await Promise.all(types.map((type) => cluster.settle(cluster.api.list(type))));
    return lists.flatMap(({ items }) => items.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`));
  };

  it('keeps the pods of a ReplicationController', async () => {
    const namespace = await newNamespace();
    const key = await replicate(namespace, 3);
    const [victim, ...others] = await podsOf(namespace);
    await cluster.settle(cluster.api.delete(Pod, { namespace, name: victim?.metadata.name ?? '' }));
    const left = others.map(({ metadata }) => metadata.name);
    await cluster.waitForAll(Pod, (pods) => {
      const names = pods
        .filter(({ metadata }) => metadata.namespace === namespace)
        .map(({ metadata }) => metadata.name);
      return (
        names.length === 3 && left.every((name) => names.includes(name)) && !names.includes(victim?.metadata.name ?? '')
      );
    });
    await cluster.settle(
      cluster.api.patch(ReplicationController, key, { type: 'merge', body: { spec: { replicas: 1 } } }),
    );
    const controller = await cluster.waitFor(ReplicationController, key, (one) => one?.status.replicas === 1);
    expect(controller?.status).not.toHaveProperty('terminatingReplicas');
    await cluster.settle(cluster.api.delete(ReplicationController, key, { propagationPolicy: 'Background' }));
    await cluster.waitForAll(Pod, (pods) => pods.every(({ metadata }) => metadata.namespace !== namespace));
  });

  it('counts what may be evicted, and what was', async () => {
    const namespace = await newNamespace();
    const key = await replicate(namespace, 3);
    const selector = { matchLabels: labels };
    await cluster.settle(
      cluster.api.create(PodDisruptionBudget, { metadata: { ...key }, spec: { maxUnavailable: 1, selector } }),
    );
    const budget = await cluster.waitFor(PodDisruptionBudget, key, (one) => one?.status.disruptionsAllowed === 1);
    expect(budget?.status).toMatchObject({
      expectedPods: 3,
      desiredHealthy: 2,
      currentHealthy: 3,
      observedGeneration: 1,
    });
    const [first, second] = await podsOf(namespace);
    const evict = (pod: Pod | undefined) =>
      cluster.raw.post(`/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name}/eviction`, {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod?.metadata.name, namespace },
      });
    const answers = await Promise.all([evict(first), evict(second)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 429]);
    await cluster.waitFor(PodDisruptionBudget, key, (one) => one?.status.disruptionsAllowed === 1);
  });

  it('says why a budget allows nothing', async () => {
    const namespace = await newNamespace();
    const key = { namespace, name: 'b' };
    const spec = { minAvailable: 1, selector: { matchLabels: labels } };
    await cluster.settle(cluster.api.create(PodDisruptionBudget, { metadata: { ...key }, spec }));
    const budget = await cluster.waitFor(PodDisruptionBudget, key, (one) => one?.status.observedGeneration === 1);
    expect(budget?.status.conditions).toMatchObject([
      { type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' },
    ]);
  });

  it('counts a quota again when pods end', async () => {
    const namespace = await newNamespace();
    const key = { namespace, name: 'q' };
    await cluster.settle(cluster.api.create(ResourceQuota, { metadata: { ...key }, spec: { hard: { pods: '3' } } }));
    await cluster.waitFor(ResourceQuota, key, (quota) => quota?.status.used?.pods === '0');
    await replicate(namespace, 2);
    await cluster.waitFor(ResourceQuota, key, (quota) => quota?.status.used?.pods === '2');
    const [pod] = await podsOf(namespace);
    if (pod === undefined) throw new Error('there is no pod');
    await cluster.settle(cluster.api.updateStatus(Pod, { ...pod, status: { ...pod.status, phase: 'Failed' } }));
    // The controller makes another one in its place, which takes what the first has given back.
    await cluster.time.advance(2_000);
    await cluster.waitFor(ResourceQuota, key, (quota) => quota?.status.used?.pods === '2');
  });

  it('leaves everything alone when it is run again', async () => {
    await cluster.time.advance(5_000);
    const before = await versions();
    await cluster.stop(manager);
    await cluster.start(manager);
    await cluster.time.advance(5_000);
    expect(await versions()).toEqual(before);
  });

  it('keeps claims while pods use them, and volumes while claims do', async () => {
    const namespace = await newNamespace();
    const claim = { namespace, name: 'data' };
    const resources = { requests: { storage: '1Gi' } };
    await cluster.settle(
      cluster.api.create(PersistentVolumeClaim, {
        metadata: { ...claim },
        spec: { accessModes: ['ReadWriteOnce'], resources },
      }),
    );
    const pod = { namespace, name: 'user' };
    await cluster.settle(
      cluster.api.create(Pod, {
        metadata: { ...pod },
        spec: {
          nodeName: 'elsewhere',
          containers: [{ name: 'c', image: 'i' }],
          volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
        },
      }),
    );
    await cluster.settle(cluster.api.delete(PersistentVolumeClaim, claim));
    await cluster.time.advance(1_000);
    const kept = await cluster.settle(cluster.api.get(PersistentVolumeClaim, claim));
    expect(kept?.metadata).toMatchObject({ finalizers: ['kubernetes.io/pvc-protection'] });
    expect(kept?.metadata.deletionTimestamp).toBeDefined();
    await cluster.settle(cluster.api.delete(Pod, pod, { gracePeriodSeconds: 0 }));
    await cluster.waitFor(PersistentVolumeClaim, claim, (one) => one === undefined);

    const volume = { namespace: '', name: 'disk' };
    await cluster.settle(
      cluster.api.create(PersistentVolume, {
        metadata: { name: 'disk' },
        spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp' } },
      }),
    );
    await cluster.settle(cluster.api.delete(PersistentVolume, volume));
    await cluster.waitFor(PersistentVolume, volume, (one) => one === undefined);
  });

  it('deletes the pods of a namespace before all else', async () => {
    const namespace = await newNamespace();
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    const metadata = { name: 'held', finalizers: ['example.com/hold'] };
    await cluster.raw.post(pods, { metadata, spec: template.spec });
    const configMap = `/api/v1/namespaces/${namespace}/configmaps`;
    await cluster.raw.post(configMap, { metadata: { name: 'config' } });
    await cluster.settle(cluster.api.delete(Namespace, { namespace: '', name: namespace }));
    const key = { namespace: '', name: namespace };
    const state = await cluster.waitFor(Namespace, key, (one) =>
      Boolean(
        one?.status.conditions?.some(
          ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
        ),
      ),
    );
    expect(state?.status.conditions?.find(({ type }) => type === 'NamespaceContentRemaining')?.message).toBe(
      'Some resources are remaining: pods. has 1 resource instances',
    );
    expect((await cluster.raw.get(`${configMap}/config`)).status).toBe(200);
    const release = { metadata: { finalizers: null } };
    await cluster.raw.request('PATCH', `${pods}/held`, release, { contentType: 'application/merge-patch+json' });
    await cluster.waitFor(Namespace, key, (one) => one === undefined);
  });
});
