import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';

describe('persistent volumes and their claims', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0 });
  });
  afterAll(() => cluster.close());

  const volumes = () => new ResourceRequests(cluster, '/api/v1/persistentvolumes');
  const claimsIn = async (name: string) => {
    const namespace = await TestNamespace.create(cluster, name);
    return new ResourceRequests(cluster, namespace.path('persistentvolumeclaims'));
  };
  const volume = (name: string, labels: object, storageClassName: string) => ({
    metadata: { name, labels },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName,
      csi: { driver: 'hostpath.csi.k8s.io', volumeHandle: `e2e-${name}` },
    },
  });
  const claim = (name: string, labels: object, storageClassName: string) => ({
    metadata: { name, labels },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
  });
  const has = (labels: object) => expect.objectContaining(labels);

  conformance(
    '[sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC',
    async () => {
      const claims = await claimsIn('pv-lifecycle');
      const everywhere = new ResourceRequests(cluster, '/api/v1/persistentvolumeclaims');
      const own = { 'e2e-pv-pool': 'lifecycle' };
      const label = 'labelSelector=e2e-pv-pool=lifecycle';
      const none = async (requests: ResourceRequests, selector = label) =>
        eventually(cluster, async () => (await requests.list(selector)).items.length === 0);
      expect((await volumes().list(label)).items).toEqual([]);
      expect((await everywhere.list(label)).items).toEqual([]);

      await volumes().create(volume('pv-first', own, 'lifecycle'));
      await claims.create(claim('pvc-first', own, 'lifecycle'));
      expect((await volumes().list(label)).items).toHaveLength(1);
      expect((await claims.list(label)).items).toHaveLength(1);
      const patchedVolume = await volumes().strategicPatch('pv-first', {
        metadata: { labels: { 'pv-first': 'patched' } },
      });
      expect(patchedVolume.metadata.labels).toEqual(has({ 'pv-first': 'patched' }));
      const patchedClaim = await claims.strategicPatch('pvc-first', {
        metadata: { labels: { 'pvc-first': 'patched' } },
      });
      expect(patchedClaim.metadata.labels).toEqual(has({ 'pvc-first': 'patched' }));
      expect((await volumes().get('pv-first')).metadata.uid).toBe(patchedVolume.metadata.uid);
      expect((await claims.get('pvc-first')).metadata.uid).toBe(patchedClaim.metadata.uid);
      await claims.delete('pvc-first');
      await none(claims);
      await volumes().delete('pv-first');
      await none(volumes());

      await volumes().create(volume('pv-second', own, 'lifecycle'));
      await claims.create(claim('pvc-second', own, 'lifecycle'));
      const updatedVolume = await volumes().update('pv-second', ({ metadata }) => {
        metadata.labels['pv-second'] = 'updated';
      });
      expect(updatedVolume.metadata.labels).toEqual(has({ 'pv-second': 'updated' }));
      const updatedClaim = await claims.update('pvc-second', ({ metadata }) => {
        metadata.labels['pvc-second'] = 'updated';
      });
      expect(updatedClaim.metadata.labels).toEqual(has({ 'pvc-second': 'updated' }));
      expect((await everywhere.list('labelSelector=pvc-second=updated')).items).toHaveLength(1);
      await claims.deleteCollection('labelSelector=pvc-second=updated');
      await none(claims);
      await volumes().deleteCollection('labelSelector=pv-second=updated');
      await none(volumes());
    },
  );

  conformance('[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status', async () => {
    const claims = await claimsIn('pv-status');
    const own = { 'e2e-pv-pool': 'status' };
    await volumes().create(volume('pv-status', own, 'status'));
    await claims.create(claim('pvc-status', own, 'status'));
    const named = { message: 'StatusPatched', reason: 'E2E patchedStatus' };
    const updated = { message: 'StatusUpdated', reason: 'E2E updateStatus' };

    expect((await claims.get('pvc-status/status')).status.phase).toBe('Pending');
    expect((await volumes().get('pv-status/status')).metadata.name).toBe('pv-status');
    const condition = {
      type: 'StatusPatched',
      status: 'True',
      reason: 'E2E patchedStatus',
      message: 'Set by e2e test',
    };
    const patchedClaim = await claims.patch('pvc-status/status', { status: { conditions: [condition] } });
    expect(patchedClaim.status.conditions).toMatchObject([condition]);
    expect((await volumes().patch('pv-status/status', { status: named })).status).toMatchObject(named);

    const updatedClaim = await claims.update('pvc-status/status', ({ status }) => {
      status.conditions.push({ ...condition, type: 'StatusUpdate' });
    });
    expect(updatedClaim.status.conditions).toContainEqual(expect.objectContaining({ type: 'StatusUpdate' }));
    const updatedVolume = await volumes().update('pv-status/status', ({ status }) => {
      Object.assign(status, updated);
    });
    expect(updatedVolume.status).toMatchObject(updated);
    await claims.delete('pvc-status');
    await volumes().delete('pv-status');
    await eventually(cluster, async () => (await volumes().isGone('pv-status')) && (await claims.isGone('pvc-status')));
  });
});
