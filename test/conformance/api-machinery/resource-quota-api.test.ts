import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { ResourceQuota } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { OpenWatch } from '../../api/https-exchange.ts';
import { conformance } from '../conformance.ts';
import { type ReadObject, succeeded, TestNamespace } from './test-namespace.ts';
import { type Amounts, podWith, TestQuota } from './test-quota.ts';

jest.setTimeout(30_000);

describe('a resource quota', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    // Status that somebody else has written is counted anew within five minutes.
    cluster = await startCluster({ https: true, patience: '6m' });
  });
  afterAll(() => cluster.close());

  const halves = { requests: { cpu: '500m', memory: '200Mi' }, limits: { cpu: '1', memory: '400Mi' } };
  const scoped = async (namespace: TestNamespace, name: string, scope: string, hard: Amounts) => {
    const quota = await TestQuota.create(cluster, namespace, { name, hard, scopes: [scope] });
    await quota.untilUsed({ pods: '0' });
    return quota;
  };
  const removePod = (namespace: TestNamespace, name: string) =>
    namespace.delete(`pods/${name}`, { gracePeriodSeconds: 0 });

  conformance('[sig-api-machinery] ResourceQuota should verify ResourceQuota with terminating scopes.', async () => {
    const namespace = await TestNamespace.create(cluster, 'terminating-scopes');
    const hard = {
      pods: '5',
      'requests.cpu': '1',
      'requests.memory': '500Mi',
      'limits.cpu': '2',
      'limits.memory': '1Gi',
    };
    const terminating = await scoped(namespace, 'quota-terminating', 'Terminating', hard);
    const notTerminating = await scoped(namespace, 'quota-not-terminating', 'NotTerminating', hard);
    const none = { pods: '0', 'requests.cpu': '0', 'requests.memory': '0', 'limits.cpu': '0', 'limits.memory': '0' };
    const one = {
      pods: '1',
      'requests.cpu': '500m',
      'requests.memory': '200Mi',
      'limits.cpu': '1',
      'limits.memory': '400Mi',
    };

    await namespace.create('pods', podWith('test-pod', halves.requests, halves.limits));
    await notTerminating.untilUsed(one);
    await terminating.untilUsed(none);
    await removePod(namespace, 'test-pod');
    await notTerminating.untilUsed(none);

    const ending = podWith('terminating-pod', halves.requests, halves.limits, { activeDeadlineSeconds: 3600 });
    await namespace.create('pods', ending);
    await terminating.untilUsed(one);
    await notTerminating.untilUsed(none);
    await removePod(namespace, 'terminating-pod');
    await terminating.untilUsed(none);
  });

  conformance('[sig-api-machinery] ResourceQuota should verify ResourceQuota with best effort scope.', async () => {
    const namespace = await TestNamespace.create(cluster, 'best-effort-scope');
    const bestEffort = await scoped(namespace, 'quota-besteffort', 'BestEffort', { pods: '5' });
    const notBestEffort = await scoped(namespace, 'quota-not-besteffort', 'NotBestEffort', { pods: '5' });

    await namespace.create('pods', podWith('pfpod'));
    await bestEffort.untilUsed({ pods: '1' });
    await notBestEffort.untilUsed({ pods: '0' });
    await removePod(namespace, 'pfpod');
    await bestEffort.untilUsed({ pods: '0' });

    await namespace.create('pods', podWith('burstable-pod', halves.requests, halves.limits));
    await notBestEffort.untilUsed({ pods: '1' });
    await bestEffort.untilUsed({ pods: '0' });
    await removePod(namespace, 'burstable-pod');
    await notBestEffort.untilUsed({ pods: '0' });
  });

  conformance('[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota.', async () => {
    const namespace = await TestNamespace.create(cluster, 'update-and-delete');
    const path = 'resourcequotas/test-quota';
    const quota = { metadata: { name: 'test-quota' }, spec: { hard: { cpu: '1', memory: '500Mi' } } };
    await namespace.create('resourcequotas', quota);
    expect((await namespace.get(path)).spec.hard).toEqual({ cpu: '1', memory: '500Mi' });
    const hard = { cpu: '2', memory: '1Gi' };
    expect((await namespace.replace(path, { ...quota, spec: { hard } })).spec.hard).toEqual(hard);
    expect((await namespace.get(path)).spec.hard).toEqual(hard);
    await namespace.delete(path);
    expect((await namespace.request('GET', path)).status).toBe(404);
  });

  conformance('[sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota', async () => {
    const namespace = await TestNamespace.create(cluster, 'lifecycle');
    const name = 'e2e-quota';
    const selector = `labelSelector=e2e-rq-label%3D${name}`;
    await namespace.create('resourcequotas', {
      metadata: { name, labels: { 'e2e-rq-label': name } },
      spec: { hard: { cpu: '1', memory: '500Mi' } },
    });
    expect((await namespace.get(`resourcequotas/${name}`)).spec.hard).toEqual({ cpu: '1', memory: '500Mi' });
    const everywhere = await succeeded(cluster.raw.get(`/api/v1/resourcequotas?${selector}`));
    expect(everywhere.items).toHaveLength(1);
    const patched = await namespace.patch(`resourcequotas/${name}`, {
      metadata: { labels: { [name]: 'patched' } },
      spec: { hard: { memory: '750Mi' } },
    });
    expect(patched).toMatchObject({ metadata: { labels: { [name]: 'patched' } }, spec: { hard: { memory: '750Mi' } } });
    await namespace.delete(`resourcequotas?${selector}`);
    expect((await namespace.request('GET', `resourcequotas/${name}`)).status).toBe(404);
  });

  conformance('[sig-api-machinery] ResourceQuota should apply changes to a resourcequota status', async () => {
    const namespace = await TestNamespace.create(cluster, 'quota-status');
    const name = 'e2e-rq-status';
    const path = `resourcequotas/${name}`;
    const selector = `labelSelector=e2e-rq-label%3D${name}`;
    const listVersion = async (): Promise<string> =>
      (await succeeded(cluster.raw.get(`/api/v1/resourcequotas?${selector}`))).metadata.resourceVersion;
    /** Until a watch from there on has shown the quota with such limits in its status. */
    const untilSeen = async (resourceVersion: string, hard: Amounts) => {
      const endpoint = { port: cluster.apiPort ?? 0, certificates: cluster.certificates };
      const query = `watch=true&${selector}&resourceVersion=${resourceVersion}`;
      const watch = await OpenWatch.open(endpoint, `${namespace.path('resourcequotas')}?${query}`);
      for await (const { object } of watch.all()) {
        if (JSON.stringify(object.status?.hard) === JSON.stringify(hard)) break;
      }
      watch.close();
    };
    const replaceStatus = async (hard: Amounts): Promise<ReadObject> => {
      for (;;) {
        const current = await namespace.get(path);
        const answer = await namespace.request('PUT', `${path}/status`, { ...current, status: { hard } });
        if (answer.status !== 409) return succeeded(Promise.resolve(answer));
      }
    };

    const before = await listVersion();
    const small = { cpu: '500m', memory: '500Mi' };
    const metadata = { name, labels: { 'e2e-rq-label': name } };
    await namespace.create('resourcequotas', { metadata, spec: { hard: small } });
    expect((await namespace.get(path)).spec.hard).toEqual(small);
    await replaceStatus(small);
    await untilSeen(before, small);

    const beforePatch = await listVersion();
    const grown = { cpu: '1', memory: '1Gi' };
    expect((await namespace.patch(path, { spec: { hard: grown } })).spec.hard).toEqual(grown);
    await namespace.patch(`${path}/status`, { status: { hard: grown } });
    await untilSeen(beforePatch, grown);
    expect((await namespace.get(`${path}/status`)).status.hard).toEqual(grown);

    const beforeRepatch = await listVersion();
    const wrong = { cpu: '2', memory: '2Gi' };
    const repatched = await namespace.patch(`${path}/status`, { status: { hard: wrong } });
    expect(repatched).toMatchObject({ spec: { hard: grown }, status: { hard: wrong } });
    await untilSeen(beforeRepatch, wrong);
    const key = { namespace: namespace.name, name };
    const reset = await cluster.waitFor(ResourceQuota, key, (quota) => quota?.status?.hard?.cpu === '1');
    expect(reset).toMatchObject({ spec: { hard: grown }, status: { hard: grown } });
  });
});
