import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { Namespace, Pod } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { mergePatch, strategicMergePatch, succeeded, TestNamespace } from './test-namespace.ts';
import { podWith } from './test-quota.ts';

jest.setTimeout(30_000);

describe('a namespace', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.close());

  const pathOf = (name: string) => `/api/v1/namespaces/${name}`;
  const get = (name: string) => succeeded(cluster.raw.get(pathOf(name)));
  const remove = (name: string) => succeeded(cluster.raw.request('DELETE', pathOf(name)));
  const untilGone = (name: string) =>
    cluster.waitFor(Namespace, { namespace: '', name }, (namespace) => namespace === undefined);
  const untilRunning = (namespace: string, name: string) =>
    cluster.waitFor(Pod, { namespace, name }, (pod) => pod?.status?.phase === 'Running');

  conformance(
    '[sig-api-machinery] Namespaces [Serial] should ensure that all pods are removed when a namespace is deleted',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'nsdeletetest-pods');
      await namespace.create('pods', podWith('test-pod'));
      await untilRunning(namespace.name, 'test-pod');
      await remove(namespace.name);
      await untilGone(namespace.name);
      await TestNamespace.create(cluster, namespace.name);
      expect((await namespace.request('GET', 'pods/test-pod')).status).toBe(404);
    },
  );

  conformance(
    '[sig-api-machinery] Namespaces [Serial] should ensure that all services are removed when a namespace is deleted',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'nsdeletetest-services');
      await namespace.create('services', {
        metadata: { name: 'test-service' },
        spec: { selector: { foo: 'bar', baz: 'blah' }, ports: [{ port: 80, targetPort: 80 }] },
      });
      await remove(namespace.name);
      await untilGone(namespace.name);
      await TestNamespace.create(cluster, namespace.name);
      expect((await namespace.request('GET', 'services/test-service')).status).toBe(404);
    },
  );

  conformance('[sig-api-machinery] Namespaces [Serial] should patch a Namespace', async () => {
    const { name } = await TestNamespace.create(cluster, 'nspatchtest');
    const before = await get(name);
    const patch = { metadata: { labels: { testLabel: 'testValue' } } };
    const patched = await succeeded(cluster.raw.request('PATCH', pathOf(name), patch, strategicMergePatch));
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
    expect((await get(name)).metadata.labels).toMatchObject({ testLabel: 'testValue' });
  });

  conformance('[sig-api-machinery] Namespaces [Serial] should apply changes to a namespace status', async () => {
    const { name } = await TestNamespace.create(cluster, 'ns-status');
    const status = `${pathOf(name)}/status`;
    expect((await succeeded(cluster.raw.get(status))).status.phase).toBe('Active');

    const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by an e2e test' };
    const patch = {
      metadata: { annotations: { 'e2e-patched-ns-status': name } },
      status: { conditions: [condition] },
    };
    const patched = await succeeded(cluster.raw.request('PATCH', status, patch, mergePatch));
    expect(patched.metadata.annotations).toEqual({ 'e2e-patched-ns-status': name });
    expect(patched.status.conditions.at(-1)).toMatchObject({ reason: 'E2E', message: 'Patched by an e2e test' });

    const current = await succeeded(cluster.raw.get(status));
    const added = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Updated by an e2e test' };
    current.status.conditions.push(added);
    const updated = await succeeded(cluster.raw.request('PUT', status, current));
    expect(updated.status.conditions).toHaveLength(current.status.conditions.length);
    expect(updated.status.conditions.at(-1)).toMatchObject(added);
  });

  conformance('[sig-api-machinery] Namespaces [Serial] should apply an update to a Namespace', async () => {
    const { name } = await TestNamespace.create(cluster, 'ns-update');
    const current = await get(name);
    current.metadata.labels[name] = 'updated';
    const updated = await succeeded(cluster.raw.request('PUT', pathOf(name), current));
    expect(updated.metadata.labels).toMatchObject({ [name]: 'updated' });
  });

  conformance('[sig-api-machinery] Namespaces [Serial] should apply a finalizer to a Namespace', async () => {
    const { name } = await TestNamespace.create(cluster, 'e2e-ns');
    const fake = 'e2e.example.com/fakeFinalizer';
    const finalize = async (finalizers: string[]) => {
      const current = await get(name);
      const body = { ...current, spec: { finalizers } };
      return (await succeeded(cluster.raw.request('PUT', `${pathOf(name)}/finalize`, body))).spec.finalizers;
    };
    expect((await get(name)).spec.finalizers).toEqual(['kubernetes']);
    expect(await finalize(['kubernetes', fake])).toEqual(['kubernetes', fake]);
    expect((await get(name)).spec.finalizers).toEqual(['kubernetes', fake]);
    expect(await finalize(['kubernetes'])).toEqual(['kubernetes']);
  });

  conformance('[sig-api-machinery] OrderedNamespaceDeletion namespace deletion should delete pod first', async () => {
    const namespace = await TestNamespace.create(cluster, 'nsdeletetest-ordered');
    const pod = podWith('test-pod');
    const finalizers = ['e2e.example.com/finalizer'];
    await namespace.create('pods', { ...pod, metadata: { ...pod.metadata, finalizers } });
    await untilRunning(namespace.name, 'test-pod');
    await namespace.create('configmaps', { metadata: { name: 'test-configmap' }, data: { key: 'value' } });
    await remove(namespace.name);

    await cluster.waitFor(Namespace, { namespace: '', name: namespace.name }, (current) => {
      if (current === undefined) throw new Error('the namespace was deleted before its pod');
      const conditions = current.status?.conditions ?? [];
      const isProcessed = conditions.some(({ type }) => type === 'NamespaceDeletionContentFailure');
      return current.status?.phase === 'Terminating' && isProcessed;
    });
    await cluster.waitFor(
      Pod,
      { namespace: namespace.name, name: 'test-pod' },
      (current) => current?.metadata.deletionTimestamp !== undefined,
    );
    expect((await namespace.get('configmaps/test-configmap')).data).toEqual({ key: 'value' });

    await namespace.patch('pods/test-pod', { metadata: { finalizers: [] } }, mergePatch);
    await untilGone(namespace.name);
  });
});
