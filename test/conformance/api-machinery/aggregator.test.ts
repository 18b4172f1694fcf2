import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { conformance } from '../conformance.ts';
import { HttpsRequests } from './https-requests.ts';
import { SampleApiServer } from './sample-api-server.ts';
import { type ReadObject, strategicMergePatch } from './test-namespace.ts';

jest.setTimeout(30_000);

const registrations = '/apis/apiregistration.k8s.io/v1/apiservices';
const name = 'v1alpha1.wardle.example.com';
const registration = `${registrations}/${name}`;
const group = '/apis/wardle.example.com/v1alpha1';
/** Requests until the API server has looked at the sample. */
const attemptsMax = 2_000;

describe('the aggregator', () => {
  let cluster: HttpsCluster;
  let api: HttpsRequests;
  let sample: SampleApiServer;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
    api = new HttpsRequests(cluster);
    const { certificate } = cluster.certificates.frontProxyAuthority;
    sample = await SampleApiServer.start('sample-api.sample-system.svc', certificate);
  });
  afterAll(async () => {
    await cluster.stop();
    await sample.stop();
  });

  const flunder = (called: string) => ({
    apiVersion: 'wardle.example.com/v1alpha1',
    kind: 'Flunder',
    metadata: { name: called, labels: { 'sample-label': 'true' } },
  });
  const register = async () => {
    await api.create('/api/v1/namespaces', { metadata: { name: 'sample-system' } });
    await api.create('/api/v1/namespaces/sample-system/services', {
      metadata: { name: 'sample-api', labels: { test: 'aggregator' } },
      spec: { type: 'ExternalName', externalName: 'localhost' },
    });
    await api.create(registrations, {
      metadata: { name },
      spec: {
        service: { namespace: 'sample-system', name: 'sample-api', port: sample.port },
        group: 'wardle.example.com',
        version: 'v1alpha1',
        caBundle: sample.caBundle,
        groupPriorityMinimum: 2_000,
        versionPriority: 200,
      },
    });
  };
  const eventually = async (isSo: () => Promise<boolean>): Promise<void> => {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) if (await isSo()) return;
    throw new Error(`not so after ${attemptsMax} requests`);
  };

  conformance(
    '[sig-api-machinery] Aggregator Should be able to support the 1.17 Sample API Server using the current Aggregator [LinuxOnly]',
    async () => {
      await register();
      const inDefault = `${group}/namespaces/default/flunders`;
      await eventually(async () => (await api.answer('GET', inDefault)).status === 200);

      const created = await api.answer('POST', inDefault, flunder('rest-flunder'));
      expect(created).toMatchObject({ status: 201, body: flunder('rest-flunder') });
      expect((await api.get(inDefault)).items).toHaveLength(1);
      await api.delete(`${inDefault}/rest-flunder`);
      expect((await api.get(inDefault)).items).toEqual([]);

      // A dynamic client finds the resource by discovery.
      const { groups } = await api.get('/apis');
      expect(groups).toContainEqual(expect.objectContaining({ name: 'wardle.example.com' }));
      expect((await api.get(group)).resources).toMatchObject([{ name: 'flunders', namespaced: true, kind: 'Flunder' }]);
      const flunders = `${group}/namespaces/sample-system/flunders`;
      await api.create(flunders, flunder('dynamic-flunder'));
      expect((await api.get(flunders)).items).toHaveLength(1);

      expect((await api.get(`${registration}/status`)).status.conditions[0].message).toBe('all checks passed');
      expect((await api.patch(registration, { spec: { versionPriority: 400 } })).spec.versionPriority).toBe(400);
      const { items } = await api.get(registrations);
      expect(items.map(({ metadata }: ReadObject) => metadata.name)).toContain(name);
      await api.patch(registration, { metadata: { labels: { 'e2e-apiservice': 'patched' } } }, strategicMergePatch);
      expect((await api.get(registration)).metadata.labels).toEqual({ 'e2e-apiservice': 'patched' });

      const updated = { type: 'StatusUpdated', status: 'True', reason: 'E2E', message: 'Set from e2e test' };
      await api.update(`${registration}/status`, ({ status }) => status.conditions.push(updated));
      expect((await api.get(`${registration}/status`)).status.conditions).toContainEqual(
        expect.objectContaining(updated),
      );
      const replaced = await api.update(registration, ({ metadata }) => {
        metadata.labels = { [name]: 'updated' };
      });
      expect(replaced.metadata.labels).toEqual({ [name]: 'updated' });

      await api.delete(`${flunders}/dynamic-flunder`);
      expect((await api.get(flunders)).items).toEqual([]);
      await api.create(flunders, flunder('dynamic-flunder'));
      expect((await api.get(flunders)).items).toHaveLength(1);

      const { conditions } = (await api.get(`${registration}/status`)).status;
      const patched = { type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'Set by e2e test' };
      await api.patch(`${registration}/status`, { status: { conditions: [...conditions, patched] } });
      expect((await api.get(`${registration}/status`)).status.conditions).toContainEqual(
        expect.objectContaining(patched),
      );

      const chosen = `${registrations}?labelSelector=${encodeURIComponent(`${name}=updated`)}`;
      await api.delete(chosen);
      await eventually(async () => (await api.get(chosen)).items.length === 0);
    },
  );
});
