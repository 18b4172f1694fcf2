import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the deletion of a collection', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  beforeEach(async () => {
    await cluster.raw.request('DELETE', configMaps);
    for (const name of ['a', 'b', 'c', 'd']) {
      await cluster.raw.post(configMaps, { metadata: { name, labels: { half: name < 'c' ? 'first' : 'second' } } });
    }
  });
  afterAll(() => cluster.close());

  const remove = (query: string, body?: object) => cluster.raw.request('DELETE', `${configMaps}?${query}`, body);
  const namesOf = (list: { items: { metadata: { name: string } }[] }) =>
    list.items.map(({ metadata }) => metadata.name);
  const left = async () => namesOf((await cluster.raw.get(configMaps)).body);

  it('deletes what its selector chooses, and shows it', async () => {
    const { status, body } = await remove('labelSelector=half%3Dfirst');
    expect([status, body.kind, namesOf(body)]).toEqual([200, 'ConfigMapList', ['a', 'b']]);
    expect(await left()).toEqual(['c', 'd']);
  });

  it('deletes no more than its limit', async () => {
    expect(namesOf((await remove('limit=3')).body)).toEqual(['a', 'b', 'c']);
    expect(await left()).toEqual(['d']);
  });

  it('deletes nothing in a dry run', async () => {
    expect(namesOf((await remove('dryRun=All')).body)).toEqual(['a', 'b', 'c', 'd']);
    expect(await left()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('holds the preconditions against each object', async () => {
    const { uid } = (await cluster.raw.get(`${configMaps}/a`)).body.metadata;
    expect(await remove('', { preconditions: { uid } })).toMatchObject({ status: 409 });
    expect(await left()).toEqual(['b', 'c', 'd']);
  });

  it('leaves each object to the garbage collector where that has to act first', async () => {
    await remove('', { propagationPolicy: 'Foreground' });
    const { items } = (await cluster.raw.get(configMaps)).body;
    for (const { metadata } of items) {
      expect(metadata).toMatchObject({ deletionTimestamp: expect.any(String), finalizers: ['foregroundDeletion'] });
    }
    const contentType = 'application/merge-patch+json';
    for (const { metadata } of items) {
      const bare = { metadata: { finalizers: null } };
      await cluster.raw.request('PATCH', `${configMaps}/${metadata.name}`, bare, { contentType });
    }
    expect(await left()).toEqual([]);
  });

  it('refuses a selector that is none before it deletes anything', async () => {
    expect(await remove('labelSelector=a%20b')).toMatchObject({ status: 400 });
    expect(await left()).toHaveLength(4);
  });
});
