import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiError, ConfigMap, Deployment } from '@orrery/api';
import { startCluster, type TestCluster } from '@orrery/testing';
import { deployment } from '../cluster/deployment.fixture.ts';
import { untilSettled } from './until-settled.ts';

jest.setTimeout(30_000);

/** The disk under storage's write-ahead log is full: the API refuses to write in etcd's words, and forgets nothing. */
describe('a full disk under storage', () => {
  let cluster: TestCluster;
  beforeEach(async () => {
    // Without space allocated ahead, so that the next write finds the disk full.
    cluster = await startCluster({ settings: { storage: { log: { allocateBytes: 0 } } } });
    for (let n = 0; n < 20; n++) await create(n);
  });
  afterEach(() => cluster.close());

  const create = (n: number): Promise<ConfigMap> => {
    const object = { metadata: { namespace: 'default', name: `written-${n}` }, data: { n: String(n) } };
    return untilSettled(cluster.time, cluster.api.create(ConfigMap, object));
  };
  const written = async (): Promise<string[]> => {
    const { items } = await untilSettled(cluster.time, cluster.api.list(ConfigMap, { namespace: 'default' }));
    return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('written-'));
  };
  const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `written-${n}`).sort();

  it('refuses a write, and says why as etcd does', async () => {
    cluster.disk('storage-1').fillUp();
    const error = await create(20).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'etcdserver: mvcc: database space exceeded',
      code: 500,
    });
  });

  it('still reads everything that was acknowledged, and nothing that was refused', async () => {
    cluster.disk('storage-1').fillUp();
    await create(20).catch(() => undefined);
    expect(await written()).toEqual(names(20));
  });

  it('writes again as soon as there is space', async () => {
    cluster.disk('storage-1').fillUp();
    await create(20).catch(() => undefined);
    cluster.disk('storage-1').freeUp();
    await create(20);
    expect(await written()).toEqual(names(21));
    await cluster.api.create(Deployment, deployment('after', 2));
    const key = { namespace: 'default', name: 'after' };
    await cluster.waitFor(Deployment, key, (object) => object?.status.readyReplicas === 2);
  });

  it('leaves half a record that a restart cuts off', async () => {
    cluster.disk('storage-1').fillUp(100);
    await create(20).catch(() => undefined);
    await cluster.crash('storage-1');
    cluster.disk('storage-1').freeUp();
    await cluster.start('storage-1');
    expect(await written()).toEqual(names(20));
    await create(20);
    expect(await written()).toEqual(names(21));
  });

  it('is survived by a start on it, too: reads work, writes are refused', async () => {
    await cluster.crash('storage-1');
    cluster.disk('storage-1').freeUp();
    await cluster.start('storage-1');
    cluster.disk('storage-1').fillUp();
    expect(await written()).toEqual(names(20));
    expect(await create(20).catch((error: Error) => error.message)).toContain('space exceeded');
  });
});
