import { describe, expect, it } from '@jest/globals';
import { startCluster, testStorage } from '@orrery/testing';

const services = ['storage', 'apiserver'] as const;
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('API servers', () => {
  it('find everything again after all of the cluster was stopped', async () => {
    const before = await startCluster({ services });
    const { body } = await before.raw.post(configMaps, { metadata: { name: 'kept' } });
    await before.close();

    const after = await startCluster({ services, disks: before.disks, seed: 2 });
    expect((await after.raw.get(`${configMaps}/kept`)).body).toEqual(body);
    expect((await after.raw.post(configMaps, { metadata: { name: 'new' } })).status).toBe(201);
    expect((await after.raw.get(configMaps)).body.items).toHaveLength(2);
    await after.close();
  });

  it('stand in for each other', async () => {
    const cluster = await startCluster({ services, apiServers: 2 });
    const names = Array.from({ length: 20 }, (_, i) => `many-${i}`);
    const answers = await Promise.all(names.map((name) => cluster.raw.post(configMaps, { metadata: { name } })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 201));
    await cluster.stop('apiserver-1');
    expect((await cluster.raw.get(configMaps)).body.items).toHaveLength(names.length);
    await cluster.close();
  });

  it('never give one cluster IP to two services', async () => {
    const cluster = await startCluster({
      services,
      apiServers: 2,
      settings: { apiserver: { serviceCidr: '10.96.0.0/27' } },
    });
    const names = Array.from({ length: 20 }, (_, i) => `svc-${i}`);
    const create = (name: string) =>
      cluster.raw.post('/api/v1/namespaces/default/services', { metadata: { name }, spec: { ports: [{ port: 80 }] } });
    const answers = await Promise.all(names.map(create));
    const ips = answers.map(({ body }) => body.spec.clusterIP);
    expect(new Set(ips).size).toBe(names.length);
    await cluster.close();
  });

  it('answer many concurrent patches of one object, losing none', async () => {
    const cluster = await startCluster({ services });
    await cluster.raw.post(configMaps, { metadata: { name: 'shared' } });
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    const patch = (key: string) =>
      cluster.raw.request(
        'PATCH',
        `${configMaps}/shared`,
        { data: { [key]: 'x' } },
        { contentType: 'application/merge-patch+json' },
      );
    await Promise.all(keys.map(patch));
    const { body } = await cluster.raw.get(`${configMaps}/shared`);
    expect(Object.keys(body.data).sort()).toEqual([...keys].sort());
    await cluster.close();
  });

  it('let events go after their hour', async () => {
    // etcd's clock is the machine's: there no hour passes. That its leases end is a case of the contract of `KeyValueStore`.
    const isOnEtcd = testStorage() === 'etcd';
    const cluster = await startCluster({ services });
    const events = '/api/v1/namespaces/default/events';
    const event = {
      metadata: { name: 'e' },
      involvedObject: { namespace: 'default', kind: 'Pod', name: 'p' },
      reason: 'R',
    };
    expect((await cluster.raw.post(events, event)).status).toBe(201);
    const other = await cluster.raw.get('/apis/events.k8s.io/v1/namespaces/default/events/e');
    expect(other.body).toMatchObject({ apiVersion: 'events.k8s.io/v1', regarding: { name: 'p' } });
    if (isOnEtcd) {
      expect(await cluster.etcd.etcdctl('lease', 'list')).toContain('found 1 leases');
    } else {
      await cluster.time.advance('62m');
      expect((await cluster.raw.get(`${events}/e`)).status).toBe(404);
    }
    await cluster.close();
  });
});
