import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { type ReadObject, TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { exerciseApiOperations, exerciseStatus } from './api-operations.ts';
import { eventually } from './eventually.ts';
import { ResourceRequests } from './resource-requests.ts';
import { podTemplate, workload } from './workload-requests.ts';

/** The API of workloads, of those too whose controllers are not there yet. */
describe('the APIs of workloads', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0, https: true });
  });
  afterAll(() => cluster.close());

  const requestsIn = async (name: string, resource: string) => {
    const namespace = await TestNamespace.create(cluster, name);
    return new ResourceRequests(cluster, namespace.path(resource));
  };
  const typesOf = ({ status }: ReadObject): string[] => status.conditions.map(({ type }: ReadObject) => type);
  const untilNone = (requests: ResourceRequests, label: string) =>
    eventually(cluster, async () => (await requests.list(label)).items.length === 0);

  conformance('[sig-apps] CronJob should support CronJob API operations', async () => {
    await exerciseApiOperations(cluster, {
      group: 'batch',
      version: 'v1',
      resource: 'cronjobs',
      subresources: ['status'],
      namespace: await TestNamespace.create(cluster, 'cron-jobs'),
      template: {
        spec: {
          schedule: '0 * * * *',
          concurrencyPolicy: 'Allow',
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox' }] } } },
          },
        },
      },
      beforeDelete: (cronJobs, { metadata }) =>
        exerciseStatus(cronJobs, metadata.name, {
          patched: { lastScheduleTime: '2026-01-01T00:00:00Z' },
          updated: { lastScheduleTime: '2026-01-02T00:00:00Z' },
        }),
    });
  });

  conformance('[sig-apps] Job should apply changes to a job status', async () => {
    const jobs = await requestsIn('job-status', 'batch/v1/jobs');
    const { spec } = podTemplate('c', {});
    await jobs.create({
      metadata: { name: 'e2e' },
      spec: { parallelism: 2, completions: 4, template: { spec: { ...spec, restartPolicy: 'Never' } } },
    });
    const condition = { type: 'CustomConditionType', status: 'True', reason: 'E2E' };
    const patched = await jobs.patch('e2e/status', {
      metadata: { annotations: { patchedstatus: 'true' } },
      status: { conditions: [condition] },
    });
    expect(patched.status.conditions).toMatchObject([condition]);
    expect(patched.metadata.annotations.patchedstatus).toBe('true');
    const startTime = '2026-01-01T00:00:00Z';
    const updated = await jobs.update('e2e/status', ({ status }) => {
      status.startTime = startTime;
    });
    expect(updated.status.startTime).toBe(startTime);
    const read = await jobs.get('e2e/status');
    expect(read.status).toMatchObject({ startTime, conditions: [condition] });
  });

  const exerciseStatusConditions = async (requests: ResourceRequests, name: string, label: string) => {
    const { metadata } = await requests.list(label);
    expect((await requests.get(`${name}/status`)).metadata.name).toBe(name);
    const updated = await requests.update(`${name}/status`, ({ status }) => {
      status.conditions = [
        ...(status.conditions ?? []),
        { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' },
      ];
    });
    expect(typesOf(updated)).toContain('StatusUpdate');
    const patched = await requests.strategicPatch(`${name}/status`, {
      status: { conditions: [{ type: 'StatusPatched', status: 'True' }] },
    });
    expect(typesOf(patched)).toContain('StatusPatched');
    const events = await requests.watchedSince(metadata.resourceVersion, 2, label);
    const [first = [], second = []] = events.map(({ object }) => typesOf(object));
    expect(first).toContain('StatusUpdate');
    expect(second).toContain('StatusPatched');
  };

  const daemonSet = (name: string, labels: object) => ({
    metadata: { name, labels },
    spec: { selector: { matchLabels: labels }, template: podTemplate('app', labels) },
  });

  conformance('[sig-apps] Daemon set [Serial] should list and delete a collection of DaemonSets', async () => {
    const daemonSets = await requestsIn('daemon-collection', 'apps/v1/daemonsets');
    const everywhere = new ResourceRequests(cluster, '/apis/apps/v1/daemonsets');
    const label = 'labelSelector=daemonset-name=collection';
    await daemonSets.create(daemonSet('daemon-set', { 'daemonset-name': 'collection' }));
    expect((await everywhere.list(label)).items).toHaveLength(1);
    await daemonSets.deleteCollection(label);
    await untilNone(everywhere, label);
  });

  conformance('[sig-apps] Daemon set [Serial] should verify changes to a daemon set status', async () => {
    const daemonSets = await requestsIn('daemon-status', 'apps/v1/daemonsets');
    await daemonSets.create(daemonSet('daemon-set', { 'daemonset-name': 'status' }));
    await exerciseStatusConditions(daemonSets, 'daemon-set', 'labelSelector=daemonset-name=status');
  });

  const statefulSet = (name: string, labels: object) => workload(name, 1, labels, { serviceName: 'test' });

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should validate Statefulset Status endpoints',
    async () => {
      const statefulSets = await requestsIn('stateful-status', 'apps/v1/statefulsets');
      await statefulSets.create(statefulSet('ss', { e2e: 'stateful-status' }));
      await exerciseStatusConditions(statefulSets, 'ss', 'labelSelector=e2e=stateful-status');
    },
  );

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should have a working scale subresource',
    async () => {
      const statefulSets = await requestsIn('stateful-scale', 'apps/v1/statefulsets');
      await statefulSets.create(statefulSet('ss', { e2e: 'stateful-scale' }));
      const scale = await statefulSets.get('ss/scale');
      expect(scale.spec.replicas).toBe(1);
      const wanted = { ...scale, metadata: { ...scale.metadata, resourceVersion: '' }, spec: { replicas: 2 } };
      expect((await statefulSets.replace('ss/scale', wanted)).spec.replicas).toBe(2);
      expect((await statefulSets.get('ss')).spec.replicas).toBe(2);
      await statefulSets.strategicPatch('ss/scale', { spec: { replicas: 4 } });
      expect((await statefulSets.get('ss')).spec.replicas).toBe(4);
    },
  );

  conformance(
    '[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should list, patch and delete a collection of StatefulSets',
    async () => {
      const statefulSets = await requestsIn('stateful-collection', 'apps/v1/statefulsets');
      const everywhere = new ResourceRequests(cluster, '/apis/apps/v1/statefulsets');
      await statefulSets.create(statefulSet('test-ss', { e2e: 'stateful-collection' }));
      const image = 'registry.k8s.io/pause:3.10';
      await statefulSets.strategicPatch('test-ss', {
        metadata: { labels: { 'test-ss': 'patched' } },
        spec: { replicas: 2, template: { spec: { containers: [{ name: 'test-ss', image }] } } },
      });
      const { metadata, spec } = await statefulSets.get('test-ss');
      expect([metadata.labels['test-ss'], spec.replicas]).toEqual(['patched', 2]);
      expect(spec.template.spec.containers[0].image).toBe(image);
      expect((await everywhere.list('labelSelector=test-ss=patched')).items).toHaveLength(1);
      await statefulSets.deleteCollection('labelSelector=test-ss=patched');
      await untilNone(everywhere, 'labelSelector=test-ss=patched');
    },
  );

  conformance(
    '[sig-apps] ControllerRevision [Serial] should manage the lifecycle of a ControllerRevision',
    async () => {
      const revisions = await requestsIn('revisions', 'apps/v1/controllerrevisions');
      const everywhere = new ResourceRequests(cluster, '/apis/apps/v1/controllerrevisions');
      const label = 'labelSelector=daemonset-name=revisions';
      const create = (name: string, revision: number) =>
        revisions.create({
          metadata: { name, labels: { 'daemonset-name': 'revisions' } },
          data: { spec: {} },
          revision,
        });
      const count = async (expected: number) => expect((await everywhere.list(label)).items).toHaveLength(expected);
      const mark = (name: string, value: string) => ({ metadata: { labels: { [name]: value } } });

      await create('initial', 1);
      await count(1);
      const patched = await revisions.strategicPatch('initial', mark('initial', 'patched'));
      expect(patched.metadata.labels.initial).toBe('patched');
      await create('second', 2);
      await count(2);
      await revisions.delete('initial');
      await count(1);
      const updated = await revisions.update('second', ({ metadata }) => {
        metadata.labels.second = 'updated';
      });
      expect(updated.metadata.labels.second).toBe('updated');
      await create('third', 3);
      await revisions.deleteCollection('labelSelector=second=updated');
      const { items } = await revisions.list();
      expect(items).toMatchObject([{ metadata: { name: 'third' }, revision: 3 }]);
    },
  );
});
