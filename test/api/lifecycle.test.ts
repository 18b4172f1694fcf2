import { describe, expect, it } from '@jest/globals';
import { ApiCluster } from './cluster.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('API servers', () => {
  it('find everything again after all of the cluster was stopped', async () => {
    const before = await ApiCluster.start();
    const { body } = await before.post(configMaps, { metadata: { name: 'kept' } });
    await before.stop();

    const after = await ApiCluster.start({}, before.host.disk);
    expect((await after.get(`${configMaps}/kept`)).body).toEqual(body);
    expect((await after.post(configMaps, { metadata: { name: 'new' } })).status).toBe(201);
    expect((await after.get(configMaps)).body.items).toHaveLength(2);
    await after.stop();
  });

  it('stand in for each other', async () => {
    const cluster = await ApiCluster.start();
    await cluster.addApiServer('apiserver-2');
    const names = Array.from({ length: 20 }, (_, i) => `many-${i}`);
    const answers = await Promise.all(names.map((name) => cluster.post(configMaps, { metadata: { name } })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
    await cluster.stopService('apiserver-1');
    expect((await cluster.get(configMaps)).body.items).toHaveLength(names.length);
    await cluster.stop();
  });

  it('never give one cluster IP to two services', async () => {
    const cluster = await ApiCluster.start({ serviceCidr: '10.96.0.0/27' });
    await cluster.addApiServer('apiserver-2');
    const names = Array.from({ length: 20 }, (_, i) => `svc-${i}`);
    const create = (name: string) =>
      cluster.post('/api/v1/namespaces/default/services', { metadata: { name }, spec: { ports: [{ port: 80 }] } });
    const answers = await Promise.all(names.map(create));
    const ips = answers.map(({ body }) => body.spec.clusterIP);
    expect(new Set(ips).size).toBe(names.length);
    await cluster.stop();
  });

  it('answer many concurrent patches of one object, losing none', async () => {
    const cluster = await ApiCluster.start();
    await cluster.post(configMaps, { metadata: { name: 'shared' } });
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    const patch = (key: string) =>
      cluster.request(
        'PATCH',
        `${configMaps}/shared`,
        { data: { [key]: 'x' } },
        { contentType: 'application/merge-patch+json' },
      );
    await Promise.all(keys.map(patch));
    const { body } = await cluster.get(`${configMaps}/shared`);
    expect(Object.keys(body.data).sort()).toEqual([...keys].sort());
    await cluster.stop();
  });

  it('let events go after their hour', async () => {
    const cluster = await ApiCluster.start();
    const events = '/api/v1/namespaces/default/events';
    const event = {
      metadata: { name: 'e' },
      involvedObject: { namespace: 'default', kind: 'Pod', name: 'p' },
      reason: 'R',
    };
    expect((await cluster.post(events, event)).status).toBe(201);
    const other = await cluster.get('/apis/events.k8s.io/v1/namespaces/default/events/e');
    expect(other.body).toMatchObject({ apiVersion: 'events.k8s.io/v1', regarding: { name: 'p' } });
    await cluster.host.time.advance('62m');
    expect((await cluster.get(`${events}/e`)).status).toBe(404);
    await cluster.stop();
  });
});
