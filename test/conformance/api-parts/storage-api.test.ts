import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { exerciseApiOperations } from './api-operations.ts';
import { exerciseLifecycle } from './resource-lifecycle.ts';
import { ResourceRequests } from './resource-requests.ts';

const group = 'storage.k8s.io';

describe('the APIs of storage', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0, https: true });
  });
  afterAll(() => cluster.close());

  const storage = (resource: string) => new ResourceRequests(cluster, `/apis/${group}/v1/${resource}`);
  const volumeAttachment = (name: string) => ({
    metadata: { name },
    spec: { attacher: 'e2e-test.storage.k8s.io', nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
    status: { attached: false },
  });

  conformance('[sig-storage] CSIStorageCapacity should support CSIStorageCapacities API operations', async () => {
    await exerciseApiOperations(cluster, {
      group,
      version: 'v1',
      resource: 'csistoragecapacities',
      namespace: await TestNamespace.create(cluster, 'capacities', { serviceAccount: false }),
      template: { storageClassName: 'my-sc', capacity: '1Gi', nodeTopology: { matchLabels: { zone: 'a' } } },
    });
  });

  conformance('[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver', () =>
    exerciseLifecycle(cluster, storage('csidrivers'), {
      spec: { podInfoOnMount: true, attachRequired: false, volumeLifecycleModes: ['Ephemeral'] },
    }),
  );

  conformance('[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode', () =>
    exerciseLifecycle(cluster, storage('csinodes'), { spec: { drivers: [] } }),
  );

  conformance('[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass', () =>
    exerciseLifecycle(cluster, storage('storageclasses'), {
      provisioner: 'e2e-fake-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    }),
  );

  conformance(
    '[sig-storage] VolumeAttributesClass [FeatureGate:VolumeAttributesClass] should run through the lifecycle of a VolumeAttributesClass',
    () =>
      exerciseLifecycle(cluster, storage('volumeattributesclasses'), {
        driverName: 'e2e-fake-csi-driver',
        parameters: { foo: 'bar' },
      }),
  );

  conformance(
    '[sig-storage] VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment',
    async () => {
      const attachments = storage('volumeattachments');
      await attachments.create(volumeAttachment('va-first'));
      expect((await attachments.get('va-first')).metadata.name).toBe('va-first');
      await attachments.patch('va-first', { metadata: { labels: { 'va-first': 'patched' } } });
      expect((await attachments.list('labelSelector=va-first=patched')).items).toHaveLength(1);
      await attachments.delete('va-first');
      expect((await attachments.list('labelSelector=va-first=patched')).items).toEqual([]);

      for (const name of ['va-second', 'va-third']) {
        await attachments.create(volumeAttachment(name));
        const updated = await attachments.update(name, ({ metadata }) => {
          metadata.labels = { 'va-e2e': 'updated' };
        });
        expect(updated.metadata.labels).toEqual({ 'va-e2e': 'updated' });
      }
      await attachments.deleteCollection('labelSelector=va-e2e=updated');
      expect((await attachments.list('labelSelector=va-e2e=updated')).items).toEqual([]);
    },
  );

  conformance(
    '[sig-storage] VolumeAttachment Conformance should apply changes to a volumeattachment status',
    async () => {
      const attachments = storage('volumeattachments');
      const name = 'va-status';
      await attachments.create(volumeAttachment(name));
      await attachments.patch(name, { metadata: { labels: { [name]: 'patched' } } });
      expect((await attachments.get(`${name}/status`)).status.attached).toBe(false);
      expect((await attachments.patch(`${name}/status`, { status: { attached: true } })).status.attached).toBe(true);
      const updated = await attachments.update(`${name}/status`, ({ status }) => {
        status.attached = false;
      });
      expect(updated.status.attached).toBe(false);
      await attachments.delete(name);
      expect((await attachments.list(`labelSelector=${name}=patched`)).items).toEqual([]);
    },
  );

  conformance('[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API', async () => {
    const namespace = await TestNamespace.create(cluster, 'inline');
    await storage('csidrivers').create({
      metadata: { name: 'inline-driver-conformance' },
      spec: { podInfoOnMount: true, volumeLifecycleModes: ['Ephemeral'] },
    });
    const pods = new ResourceRequests(cluster, namespace.path('pods'));
    await pods.create({
      metadata: { name: 'inline', labels: { 'e2e-test': 'inline' } },
      spec: {
        containers: [{ name: 'busybox', image: 'busybox', volumeMounts: [{ name: 'vol', mountPath: '/mnt' }] }],
        volumes: [{ name: 'vol', csi: { driver: 'inline-driver-conformance', volumeAttributes: { a: 'b' } } }],
      },
    });
    expect((await pods.get('inline')).metadata.name).toBe('inline');
    const { items } = await pods.list('labelSelector=e2e-test=inline');
    expect(items).toHaveLength(1);
    expect(items[0].spec.volumes[0].csi).toEqual({
      driver: 'inline-driver-conformance',
      volumeAttributes: { a: 'b' },
    });
    const patched = await pods.strategicPatch('inline', { metadata: { labels: { 'e2e-test': 'patched' } } });
    expect(patched.metadata.labels['e2e-test']).toBe('patched');
    await pods.delete('inline');
    await storage('csidrivers').delete('inline-driver-conformance');
  });
});
