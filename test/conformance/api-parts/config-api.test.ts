import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { TestNamespace } from '../api-machinery/test-namespace.ts';
import { conformance } from '../conformance.ts';
import { ResourceRequests } from './resource-requests.ts';

describe('the APIs of config maps and secrets', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'], https: true });
  });
  afterAll(() => cluster.close());

  const requestsIn = async (name: string, resource: string) => {
    const namespace = await TestNamespace.create(cluster, name, { serviceAccount: false });
    return new ResourceRequests(cluster, namespace.path(resource));
  };
  const everywhere = (resource: string) => new ResourceRequests(cluster, `/api/v1/${resource}`);
  const value = Buffer.from('value').toString('base64');

  conformance('[sig-node] ConfigMap should run through a ConfigMap lifecycle', async () => {
    const configMaps = await requestsIn('config-lifecycle', 'configmaps');
    const label = 'labelSelector=test-configmap-static=true';
    const name = 'test-configmap';
    const { metadata } = await configMaps.list(label);
    const labels = { 'test-configmap-static': 'true' };
    await configMaps.create({ metadata: { name, labels }, data: { valueName: 'value' } });
    await configMaps.strategicPatch(name, {
      metadata: { labels: { 'test-configmap': 'patched' } },
      data: { valueName: 'value1' },
    });
    const patched = await configMaps.get(name);
    expect(patched.metadata.labels).toEqual({ ...labels, 'test-configmap': 'patched' });
    expect(patched.data).toEqual({ valueName: 'value1' });
    expect((await everywhere('configmaps').list(label)).items).toHaveLength(1);
    await configMaps.deleteCollection(label);
    expect((await configMaps.list(label)).items).toEqual([]);
    const events = await configMaps.watchedSince(metadata.resourceVersion, 3, label);
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  conformance('[sig-node] ConfigMap should fail to create ConfigMap with empty key', async () => {
    const configMaps = await requestsIn('config-key', 'configmaps');
    const refused = await configMaps.answer('POST', '', { metadata: { name: 'empty' }, data: { '': 'value-1' } });
    expect([refused.status, refused.body.reason]).toEqual([422, 'Invalid']);
  });

  conformance('[sig-node] ConfigMap should update ConfigMap successfully [NodeConformance]', async () => {
    const configMaps = await requestsIn('config-update', 'configmaps');
    await configMaps.create({ metadata: { name: 'config' }, data: { 'data-1': 'value-1' } });
    await configMaps.update('config', ({ data }) => {
      data['data-1'] = 'value-2';
      data['data-2'] = 'value-3';
    });
    expect((await configMaps.get('config')).data).toEqual({ 'data-1': 'value-2', 'data-2': 'value-3' });
  });

  conformance('[sig-node] Secrets should fail to create secret due to empty secret key', async () => {
    const secrets = await requestsIn('secret-key', 'secrets');
    const refused = await secrets.answer('POST', '', { metadata: { name: 'empty' }, data: { '': value } });
    expect([refused.status, refused.body.reason]).toEqual([422, 'Invalid']);
  });

  conformance('[sig-node] Secrets should patch a secret', async () => {
    const secrets = await requestsIn('secret-patch', 'secrets');
    const name = 'test-secret';
    const label = 'labelSelector=testsecret-constant=true';
    await secrets.create({
      metadata: { name, labels: { 'testsecret-constant': 'true' } },
      type: 'Opaque',
      data: { key: value },
    });
    const found = (await everywhere('secrets').list(label)).items;
    expect(found.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([name]);
    const other = Buffer.from('value1').toString('base64');
    await secrets.strategicPatch(name, { metadata: { labels: { testsecret: 'true' } }, data: { key: other } });
    const patched = await secrets.get(name);
    expect(patched.metadata.labels.testsecret).toBe('true');
    expect(patched.data).toEqual({ key: other });
    await secrets.deleteCollection('labelSelector=testsecret=true');
    expect((await everywhere('secrets').list(label)).items).toEqual([]);
  });

  const exerciseImmutability = async (resource: 'configmaps' | 'secrets', write: (text: string) => string) => {
    const requests = await requestsIn(`immutable-${resource}`, resource);
    const name = 'immutable';
    await requests.create({ metadata: { name }, data: { 'data-1': write('value-1') } });
    await requests.update(name, ({ data }) => {
      data['data-3'] = write('value-3');
    });
    const immutable = await requests.update(name, (object) => {
      object.immutable = true;
    });
    const { immutable: _, ...unset } = immutable;
    const refusals = [
      { ...immutable, data: { ...immutable.data, 'data-4': write('value-4') } },
      { ...immutable, immutable: false },
      unset,
    ];
    for (const change of refusals) {
      const { status, body } = await requests.answer('PUT', name, change);
      expect([status, body.reason]).toEqual([422, 'Invalid']);
    }
    const labelled = await requests.update(name, ({ metadata }) => {
      metadata.labels = { label1: 'value1' };
    });
    expect(labelled.metadata.labels).toEqual({ label1: 'value1' });
    await requests.delete(name);
    expect(await requests.isGone(name)).toBe(true);
  };

  conformance('[sig-storage] ConfigMap should be immutable if `immutable` field is set', () =>
    exerciseImmutability('configmaps', (text) => text),
  );

  conformance('[sig-storage] Secrets should be immutable if `immutable` field is set', () =>
    exerciseImmutability('secrets', (text) => Buffer.from(text).toString('base64')),
  );
});
