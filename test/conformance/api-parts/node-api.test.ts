import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { exerciseApiOperations } from './api-operations.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';

describe('the APIs of nodes', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ https: true });
  });
  afterAll(() => cluster.close());

  const namespaceOf = (name: string) => TestNamespace.create(cluster, name);
  const requestsIn = (namespace: TestNamespace, resource: string) =>
    new ResourceRequests(cluster, namespace.path(resource));
  const runtimeClasses = () => new ResourceRequests(cluster, '/apis/node.k8s.io/v1/runtimeclasses');
  const podOf = (runtimeClassName: string) => ({
    metadata: { generateName: 'test-runtimeclass-' },
    spec: { runtimeClassName, containers: [{ name: 'test', image: 'busybox', command: ['true'] }] },
  });

  conformance('[sig-node] RuntimeClass should support RuntimeClasses API operations', async () => {
    await exerciseApiOperations(cluster, {
      group: 'node.k8s.io',
      version: 'v1',
      resource: 'runtimeclasses',
      template: { handler: 'e2e-handler' },
      beforeDelete: async (requests, { metadata }) => {
        const { status, body } = await requests.answer('POST', '', { metadata: { name: metadata.name }, handler: 'x' });
        expect([status, body.reason]).toEqual([409, 'AlreadyExists']);
      },
    });
  });

  conformance(
    '[sig-node] RuntimeClass should reject a Pod requesting a non-existent RuntimeClass [NodeConformance]',
    async () => {
      const pods = requestsIn(await namespaceOf('no-class'), 'pods');
      const { status, body } = await pods.answer('POST', '', podOf('no-class-nonexistent'));
      expect([status, body.reason]).toEqual([403, 'Forbidden']);
    },
  );

  conformance(
    '[sig-node] RuntimeClass should reject a Pod requesting a deleted RuntimeClass [NodeConformance]',
    async () => {
      const pods = requestsIn(await namespaceOf('deleted-class'), 'pods');
      await runtimeClasses().create({ metadata: { name: 'delete-me' }, handler: 'runc' });
      await runtimeClasses().delete('delete-me');
      expect(await runtimeClasses().isGone('delete-me')).toBe(true);
      const { status, body } = await pods.answer('POST', '', podOf('delete-me'));
      expect([status, body.reason]).toEqual([403, 'Forbidden']);
    },
  );

  /** The overhead of a pod of the class, once it is scheduled. */
  const scheduledOverhead = async (namespaceName: string, overhead?: object): Promise<unknown> => {
    const pods = requestsIn(await namespaceOf(namespaceName), 'pods');
    await runtimeClasses().create({
      metadata: { name: namespaceName },
      handler: 'runc',
      ...(overhead && { overhead }),
    });
    const { metadata } = await pods.create(podOf(namespaceName));
    await eventually(cluster, async () => (await pods.get(metadata.name)).spec.nodeName !== undefined);
    return (await pods.get(metadata.name)).spec.overhead;
  };

  conformance(
    '[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass without PodOverhead [NodeConformance]',
    async () => expect(await scheduledOverhead('without-overhead')).toBeUndefined(),
  );

  conformance(
    '[sig-node] RuntimeClass should schedule a Pod requesting a RuntimeClass and initialize its Overhead [NodeConformance]',
    async () => {
      const podFixed = { cpu: '10m', memory: '1Mi' };
      expect(await scheduledOverhead('with-overhead', { podFixed })).toEqual(podFixed);
    },
  );

  conformance('[sig-node] PodTemplates should run the lifecycle of PodTemplates', async () => {
    const templates = requestsIn(await namespaceOf('template-lifecycle'), 'podtemplates');
    const everywhere = new ResourceRequests(cluster, '/api/v1/podtemplates');
    const label = 'labelSelector=podtemplate-static=true';
    expect((await everywhere.list(label)).items).toEqual([]);
    await templates.create(podTemplate('nginx-pod-template', { 'podtemplate-static': 'true' }));
    expect((await templates.get('nginx-pod-template')).metadata.name).toBe('nginx-pod-template');
    await templates.strategicPatch('nginx-pod-template', { metadata: { labels: { podtemplate: 'patched' } } });
    expect((await templates.get('nginx-pod-template')).metadata.labels.podtemplate).toBe('patched');
    await templates.delete('nginx-pod-template');
    expect((await everywhere.list('labelSelector=podtemplate=patched')).items).toEqual([]);
  });

  conformance('[sig-node] PodTemplates should delete a collection of pod templates', async () => {
    const templates = requestsIn(await namespaceOf('template-collection'), 'podtemplates');
    const label = 'labelSelector=podtemplate-set=true';
    for (const name of ['test-podtemplate-1', 'test-podtemplate-2', 'test-podtemplate-3']) {
      await templates.create(podTemplate(name, { 'podtemplate-set': 'true' }));
    }
    expect((await templates.list(label)).items).toHaveLength(3);
    await templates.deleteCollection(label);
    expect((await templates.list(label)).items).toEqual([]);
  });

  conformance('[sig-node] PodTemplates should replace a pod template', async () => {
    const templates = requestsIn(await namespaceOf('template-replace'), 'podtemplates');
    await templates.create(podTemplate('replaced', { 'e2e-replace': 'true' }));
    const updated = await templates.update('replaced', ({ metadata }) => {
      metadata.annotations = { updated: 'true' };
    });
    expect(updated.metadata.annotations).toEqual({ updated: 'true' });
  });

  conformance('[sig-node] Lease lease API should be available', async () => {
    const leases = requestsIn(await namespaceOf('leases'), 'coordination.k8s.io/v1/leases');
    const spec = (holderIdentity: string, leaseDurationSeconds: number, leaseTransitions: number) => ({
      holderIdentity,
      leaseDurationSeconds,
      leaseTransitions,
      acquireTime: `0001-01-01T00:00:0${leaseTransitions}.000000Z`,
      renewTime: `0001-01-01T00:01:0${leaseTransitions}.000000Z`,
    });
    const created = await leases.create({ metadata: { name: 'lease' }, spec: spec('holder', 30, 0) });
    expect((await leases.get('lease')).spec).toEqual(spec('holder', 30, 0));
    await leases.replace('lease', { ...created, spec: spec('holder2', 30, 1) });
    expect((await leases.get('lease')).spec).toEqual(spec('holder2', 30, 1));
    await leases.strategicPatch('lease', { spec: spec('holder3', 60, 2) });
    expect((await leases.get('lease')).spec).toEqual(spec('holder3', 60, 2));

    const labels = { deletecollection: 'true' };
    await leases.create({ metadata: { name: 'lease2', labels }, spec: spec('holder', 30, 0) });
    expect((await leases.list()).items).toHaveLength(2);
    await leases.deleteCollection('labelSelector=deletecollection=true');
    expect((await leases.list()).items).toHaveLength(1);
    await leases.delete('lease');
    expect(await leases.isGone('lease')).toBe(true);
    await new ResourceRequests(cluster, '/apis/coordination.k8s.io/v1/leases').list();
  });

  conformance('[sig-node] Node Lifecycle should run through the lifecycle of a node', async () => {
    const nodes = new ResourceRequests(cluster, '/api/v1/nodes');
    const name = 'e2e-fake-node';
    const ready = { type: 'Ready', status: 'True', reason: 'E2E', message: 'Set from e2e test' };
    const status = { phase: 'Running', conditions: [ready] };
    const created = await nodes.create({ metadata: { name }, spec: { unschedulable: true }, status });
    expect((await nodes.get(name)).metadata.name).toBe(name);
    const patched = await nodes.strategicPatch(name, { metadata: { labels: { [name]: 'patched' } } });
    expect(patched.metadata.labels[name]).toBe('patched');
    expect(BigInt(patched.metadata.resourceVersion)).toBeGreaterThan(BigInt(created.metadata.resourceVersion));
    expect((await nodes.list(`labelSelector=${name}=patched`)).items).toHaveLength(1);
    const updated = await nodes.update(name, ({ metadata }) => {
      metadata.labels[name] = 'updated';
    });
    expect(updated.metadata.labels[name]).toBe('updated');
    await nodes.delete(name);
    expect(await nodes.isGone(name)).toBe(true);
  });

  conformance('[sig-node] Sysctls [LinuxOnly] [NodeConformance] should reject invalid sysctls', async () => {
    const pods = requestsIn(await namespaceOf('sysctls'), 'pods');
    const names = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'];
    const sysctls = names.map((name) => ({ name, value: name === 'kernel.shmmax' ? '100000000' : 'bar' }));
    const { status, body } = await pods.answer('POST', '', {
      metadata: { name: 'sysctl' },
      spec: { securityContext: { sysctls }, containers: [{ name: 'test', image: 'busybox' }] },
    });
    expect(status).toBe(422);
    expect(body.message).toContain('Invalid value: "foo-"');
    expect(body.message).toContain('Invalid value: "bar.."');
    expect(body.message).not.toContain('safe-and-unsafe');
    expect(body.message).not.toContain('kernel.shmmax');
  });
});

function podTemplate(name: string, labels: object) {
  const spec = { containers: [{ name: 'nginx', image: 'nginx' }] };
  return { metadata: { name, labels }, template: { spec } };
}
