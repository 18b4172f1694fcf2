import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';

const base = '/apis/flowcontrol.apiserver.k8s.io/v1';
const schemas = `${base}/flowschemas`;
const levels = `${base}/prioritylevelconfigurations`;
const autoUpdate = 'apf.kubernetes.io/autoupdate-spec';

/** The objects of API priority and fairness. In virtual time. */
describe('flow control', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
    await cluster.time.advance('2s');
  });
  afterAll(() => cluster.close());

  const namesOf = async (path: string): Promise<string[]> =>
    (await cluster.raw.get(path)).body.items.map((item: { metadata: { name: string } }) => item.metadata.name);
  const merge = (path: string, body: object) =>
    cluster.raw.request('PATCH', path, body, { contentType: 'application/merge-patch+json' });
  const precedence = async (name: string): Promise<number> =>
    (await cluster.raw.get(`${schemas}/${name}`)).body.spec.matchingPrecedence;

  it('begins with upstream’s objects', async () => {
    expect(await namesOf(levels)).toEqual([
      'catch-all',
      'exempt',
      'global-default',
      'leader-election',
      'node-high',
      'system',
      'workload-high',
      'workload-low',
    ]);
    expect(await namesOf(schemas)).toEqual([
      'catch-all',
      'endpoint-controller',
      'exempt',
      'global-default',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-system-service-accounts',
      'probes',
      'service-accounts',
      'system-leader-election',
      'system-node-high',
      'system-nodes',
      'workload-leader-election',
    ]);
  });

  it('tells of a schema whose level does not exist, and of when it does', async () => {
    const spec = { priorityLevelConfiguration: { name: 'mine' }, matchingPrecedence: 777, rules: [] };
    await cluster.raw.post(schemas, { metadata: { name: 'mine' }, spec });
    const dangling = async () => {
      await cluster.time.advance('12s');
      const { status } = (await cluster.raw.get(`${schemas}/mine`)).body;
      return status.conditions.map(
        ({ type, status: value, reason }: Record<string, string>) => `${type} ${value} ${reason}`,
      );
    };
    expect(await dangling()).toEqual(['Dangling True NotFound']);
    const limited = { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' } };
    const level = await cluster.raw.post(levels, { metadata: { name: 'mine' }, spec: { type: 'Limited', limited } });
    expect(level.status).toBe(201);
    expect(await dangling()).toEqual(['Dangling False Found']);
  });

  it('restores what is suggested unless its annotation says no, and what is deleted', async () => {
    await merge(`${schemas}/service-accounts`, { spec: { matchingPrecedence: 8_000 } });
    await merge(`${schemas}/global-default`, {
      metadata: { annotations: { [autoUpdate]: 'false' } },
      spec: { matchingPrecedence: 8_001 },
    });
    await cluster.raw.request('DELETE', `${schemas}/probes`);
    await cluster.time.advance('12s');
    expect([
      await precedence('service-accounts'),
      await precedence('global-default'),
      await precedence('probes'),
    ]).toEqual([9_000, 8_001, 2]);
  });

  it('changes nothing when nothing has changed', async () => {
    const before = (await cluster.raw.get(schemas)).body.items;
    await cluster.time.advance('1m');
    expect((await cluster.raw.get(schemas)).body.items).toEqual(before);
  });
});
