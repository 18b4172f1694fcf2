import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { Deployment, type ObjectKey, Pod, ReplicaSet, ReplicationController } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { TestNamespace } from './test-namespace.ts';

jest.setTimeout(30_000);

/** Half of what there is room for, as upstream takes, here on one node. */
const manyPods = 55;
const halfOfThem = 27;
/** What the collector deletes by mistake, it deletes soon: upstream waits as long. */
const graceOfMistakes = '30s';

describe('the garbage collector', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.close());

  const controllers = 'replicationcontrollers';
  const deployments = 'apps/v1/deployments';
  const template = (labels: object) => ({
    metadata: { labels },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'nginx', image: 'nginx' }] },
  });
  const replicationController = (name: string, replicas: number, labels: object) => ({
    metadata: { name },
    spec: { replicas, selector: labels, template: template(labels) },
  });
  const createDeployment = (namespace: TestNamespace, labels: object) =>
    namespace.create(deployments, {
      metadata: { name: 'simpletest.deployment' },
      spec: {
        replicas: 2,
        strategy: { type: 'RollingUpdate' },
        selector: { matchLabels: labels },
        template: template(labels),
      },
    });

  const podsIn = async (namespace: TestNamespace) => (await namespace.get('pods')).items;
  const untilPods = (namespace: TestNamespace, condition: (count: number) => boolean) =>
    cluster.waitForAll(Pod, (pods) =>
      condition(pods.filter((pod) => pod.metadata.namespace === namespace.name).length),
    );
  const untilComplete = (key: ObjectKey) =>
    cluster.waitFor(ReplicationController, key, (owner) => owner?.status?.replicas === owner?.spec.replicas);
  const untilGone = (key: ObjectKey) => cluster.waitFor(ReplicationController, key, (owner) => owner === undefined);
  const remove = (namespace: TestNamespace, path: string, uid: string, propagationPolicy: string) =>
    namespace.delete(path, { propagationPolicy, preconditions: { uid } });

  conformance('[sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning', async () => {
    const namespace = await TestNamespace.create(cluster, 'delete-pods');
    const owner = await namespace.create(controllers, replicationController('simpletest.rc', 2, { gc: 'a' }));
    await untilPods(namespace, (count) => count > 0);
    await remove(namespace, `${controllers}/simpletest.rc`, owner.metadata.uid, 'Background');
    await untilPods(namespace, (count) => count === 0);
    expect((await namespace.get(controllers)).items).toEqual([]);
    expect(await podsIn(namespace)).toEqual([]);
  });

  conformance(
    '[sig-api-machinery] Garbage collector should orphan pods created by rc if delete options say so [Serial]',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'orphan-pods');
      const owner = await namespace.create(controllers, replicationController('simpletest.rc', manyPods, { gc: 'b' }));
      const key = { namespace: namespace.name, name: 'simpletest.rc' };
      await untilComplete(key);
      await remove(namespace, `${controllers}/simpletest.rc`, owner.metadata.uid, 'Orphan');
      await untilGone(key);
      await cluster.time.advance(graceOfMistakes);
      const pods = await podsIn(namespace);
      expect(pods).toHaveLength(manyPods);
      for (const { metadata } of pods) {
        expect([metadata.ownerReferences, metadata.deletionTimestamp]).toEqual([undefined, undefined]);
      }
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'delete-rs');
      const { metadata } = await createDeployment(namespace, { gc: 'c' });
      const own = (sets: ReplicaSet[]) => sets.filter((set) => set.metadata.namespace === namespace.name);
      await cluster.waitForAll(ReplicaSet, (sets) => own(sets).length > 0);
      await remove(namespace, `${deployments}/simpletest.deployment`, metadata.uid, 'Background');
      await cluster.waitForAll(ReplicaSet, (sets) => own(sets).length === 0);
      await untilPods(namespace, (count) => count === 0);
      expect((await namespace.get(deployments)).items).toEqual([]);
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'orphan-rs');
      const { metadata } = await createDeployment(namespace, { gc: 'd' });
      const key = { namespace: namespace.name, name: 'simpletest.deployment' };
      await cluster.waitForAll(ReplicaSet, (sets) =>
        sets.some((set) => set.metadata.namespace === namespace.name && set.status?.replicas === 2),
      );
      await remove(namespace, `${deployments}/simpletest.deployment`, metadata.uid, 'Orphan');
      await cluster.waitFor(Deployment, key, (deployment) => deployment === undefined);
      await cluster.time.advance(graceOfMistakes);
      const { items } = await namespace.get('apps/v1/replicasets');
      expect(items).toHaveLength(1);
      expect(items[0].metadata.ownerReferences).toBeUndefined();
      expect(await podsIn(namespace)).toHaveLength(2);
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so [Serial]',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'foreground');
      const owner = await namespace.create(controllers, replicationController('simpletest.rc', manyPods, { gc: 'e' }));
      const key = { namespace: namespace.name, name: 'simpletest.rc' };
      await untilComplete(key);
      await remove(namespace, `${controllers}/simpletest.rc`, owner.metadata.uid, 'Foreground');
      await untilGone(key);
      expect(await podsIn(namespace)).toEqual([]);
    },
  );

  conformance(
    "[sig-api-machinery] Garbage collector should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted [Serial]",
    async () => {
      const namespace = await TestNamespace.create(cluster, 'two-owners');
      const leaving = await namespace.create(
        controllers,
        replicationController('to-be-deleted', manyPods, { gc: 'f' }),
      );
      const staying = await namespace.create(controllers, replicationController('to-stay', 0, { gc: 'g' }));
      const key = { namespace: namespace.name, name: 'to-be-deleted' };
      await untilComplete(key);
      const { name, uid } = staying.metadata;
      const ownerReferences = [{ apiVersion: 'v1', kind: 'ReplicationController', name, uid }];
      for (const pod of (await podsIn(namespace)).slice(0, halfOfThem)) {
        await namespace.patch(`pods/${pod.metadata.name}`, { metadata: { ownerReferences } });
      }
      await remove(namespace, `${controllers}/to-be-deleted`, leaving.metadata.uid, 'Foreground');
      await untilGone(key);
      const left = await podsIn(namespace);
      expect(left).toHaveLength(halfOfThem);
      for (const { metadata } of left) {
        expect(metadata.deletionTimestamp).toBeUndefined();
        expect(metadata.ownerReferences).toEqual(ownerReferences);
      }
    },
  );

  conformance('[sig-api-machinery] Garbage collector should not be blocked by dependency circle', async () => {
    const namespace = await TestNamespace.create(cluster, 'circle');
    const uids = new Map<string, string>();
    for (const name of ['pod1', 'pod2', 'pod3']) {
      const { spec } = template({});
      uids.set(name, (await namespace.create('pods', { metadata: { name }, spec })).metadata.uid);
    }
    const depend = (pod: string, name: string) => {
      const owner = { apiVersion: 'v1', kind: 'Pod', name, uid: uids.get(name) };
      const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
      return namespace.patch(`pods/${pod}`, { metadata: { ownerReferences } });
    };
    await depend('pod1', 'pod3');
    await depend('pod2', 'pod1');
    await depend('pod3', 'pod2');
    await remove(namespace, 'pods/pod1', uids.get('pod1') ?? '', 'Foreground');
    await untilPods(namespace, (count) => count === 0);
    expect(await podsIn(namespace)).toEqual([]);
  });
});
