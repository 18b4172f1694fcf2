import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { TestNamespace } from './test-namespace.ts';
import { podWith, TestQuota, usualLimits } from './test-quota.ts';

jest.setTimeout(30_000);

const template = {
  metadata: { labels: { name: 'test' } },
  spec: { containers: [{ name: 'nginx', image: 'nginx' }] },
};

describe('a resource quota', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.close());

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and ensure its status is promptly calculated.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'promptly');
      const quota = await TestQuota.create(cluster, namespace);
      await quota.untilUsed({ resourcequotas: '1' });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a service.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'service');
      const quota = await TestQuota.create(cluster, namespace);
      await quota.untilUsed({ resourcequotas: '1' });
      const service = (name: string, type: string, allocateLoadBalancerNodePorts?: boolean) => ({
        metadata: { name },
        spec: { type, ports: [{ port: 80, targetPort: 80 }], allocateLoadBalancerNodePorts },
      });
      await namespace.create('services', service('test-service', 'ClusterIP'));
      await namespace.create('services', service('test-service-np', 'NodePort'));
      const balanced = await namespace.request('POST', 'services', service('test-service-lb', 'LoadBalancer', true));
      expect(balanced).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
      await quota.untilUsed({ resourcequotas: '1', services: '2', 'services.nodeports': '1' });
      await namespace.delete('services/test-service');
      await namespace.delete('services/test-service-np');
      await quota.untilUsed({ resourcequotas: '1', services: '0', 'services.nodeports': '0' });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'secret');
      const found = (await namespace.get('secrets')).items.length;
      const quota = await TestQuota.create(cluster, namespace, { hard: { ...usualLimits, secrets: `${found + 1}` } });
      await quota.untilUsed({ resourcequotas: '1', secrets: `${found}` });
      await namespace.create('secrets', { metadata: { name: 'test-secret' }, data: { 'data-1': 'dmFsdWUtMQo=' } });
      await quota.untilUsed({ secrets: `${found + 1}` });
      await namespace.delete('secrets/test-secret');
      await quota.untilUsed({ secrets: `${found}` });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'pod');
      const quota = await TestQuota.create(cluster, namespace);
      await quota.untilUsed({ resourcequotas: '1' });

      const requests = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', 'example.com/dongle': '2' };
      const limits = { 'example.com/dongle': '2' };
      await namespace.create('pods', podWith('test-pod', requests, limits));
      const used = {
        resourcequotas: '1',
        pods: '1',
        cpu: '500m',
        memory: '252Mi',
        'ephemeral-storage': '30Gi',
        'requests.example.com/dongle': '2',
      };
      await quota.untilUsed(used);

      const tooMuch = podWith('fail-pod', { cpu: '600m', memory: '100Mi' });
      expect((await namespace.request('POST', 'pods', tooMuch)).status).toBe(403);
      const tooManyDongles = podWith('fail-pod-for-extended-resource', { ...requests, memory: '100Mi' }, limits);
      expect((await namespace.request('POST', 'pods', tooManyDongles)).status).toBe(403);

      const pod = await namespace.get('pods/test-pod');
      pod.spec.containers[0].resources.requests = { cpu: '100m', memory: '100Mi', 'ephemeral-storage': '10Gi' };
      expect((await namespace.request('PUT', 'pods/test-pod', pod)).status).toBe(422);
      await quota.untilUsed(used);

      await namespace.delete('pods/test-pod', { gracePeriodSeconds: 0 });
      await quota.untilUsed({
        resourcequotas: '1',
        pods: '0',
        cpu: '0',
        memory: '0',
        'ephemeral-storage': '0',
        'requests.example.com/dongle': '0',
      });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'config-map');
      await cluster.time.advance('15s');
      const found = (await namespace.get('configmaps')).items.length;
      const hard = { ...usualLimits, configmaps: `${found + 1}` };
      const quota = await TestQuota.create(cluster, namespace, { hard });
      await quota.untilUsed({ resourcequotas: '1', configmaps: `${found}` });
      await namespace.create('configmaps', { metadata: { name: 'test-configmap' }, data: { a: 'b' } });
      await quota.untilUsed({ resourcequotas: '1', configmaps: `${found + 1}` });
      await namespace.delete('configmaps/test-configmap');
      await quota.untilUsed({ configmaps: `${found}` });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication controller.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'replication-controller');
      const quota = await TestQuota.create(cluster, namespace);
      await quota.untilUsed({ resourcequotas: '1', replicationcontrollers: '0' });
      await namespace.create('replicationcontrollers', {
        metadata: { name: 'test-rc' },
        spec: { replicas: 0, selector: { name: 'test' }, template },
      });
      await quota.untilUsed({ replicationcontrollers: '1' });
      await namespace.delete('replicationcontrollers/test-rc', { propagationPolicy: 'Background' });
      await quota.untilUsed({ replicationcontrollers: '0' });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set.',
    async () => {
      const namespace = await TestNamespace.create(cluster, 'replica-set');
      const quota = await TestQuota.create(cluster, namespace);
      await quota.untilUsed({ resourcequotas: '1', 'count/replicasets.apps': '0' });
      await namespace.create('apps/v1/replicasets', {
        metadata: { name: 'test-rs' },
        spec: { replicas: 0, selector: { matchLabels: { name: 'test' } }, template },
      });
      await quota.untilUsed({ 'count/replicasets.apps': '1' });
      await namespace.delete('apps/v1/replicasets/test-rs');
      await quota.untilUsed({ 'count/replicasets.apps': '0' });
    },
  );
});
