import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { startCluster, type TestCluster } from '@orrery/testing';
import { conformance } from '../conformance.ts';
import { type ReadObject, TestNamespace } from './test-namespace.ts';

jest.setTimeout(30_000);

const total = 400;
/** Limits of pages between 1 and a tenth of all. */
const limits = [40, 1, 17, 33, 8, 25];

describe('a list in chunks', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ services: ['storage', 'apiserver'] });
  });
  afterAll(() => cluster.close());

  const withTemplates = async (name: string): Promise<TestNamespace> => {
    const namespace = await TestNamespace.create(cluster, name, { serviceAccount: false });
    const template = { spec: { containers: [{ name: 'test', image: 'test2' }] } };
    const names = Array.from({ length: total }, (_, index) => nameOf(index));
    await Promise.all(names.map((name) => namespace.create('podtemplates', { metadata: { name }, template })));
    return namespace;
  };
  const page = (limit: number, token = ''): string =>
    `podtemplates?${new URLSearchParams({ limit: `${limit}`, ...(token && { continue: token }) })}`;

  /** Checks that a page goes on where `found` objects were listed before, and answers how many there are with it. */
  function expectPage(list: ReadObject, found: number, limit: number): number {
    const names = list.items.map(({ metadata }: ReadObject) => metadata.name);
    expect(names.length).toBeLessThanOrEqual(limit);
    expect(names).toEqual(names.map((_: string, index: number) => nameOf(found + index)));
    const all = found + names.length;
    expect(list.metadata.remainingItemCount).toBe(list.metadata.continue ? total - all : undefined);
    return all;
  }

  conformance(
    '[sig-api-machinery] Servers with support for API chunking should return chunks of results for list calls',
    async () => {
      const namespace = await withTemplates('chunks');
      for (let time = 0; time < 3; time += 1) {
        let found = 0;
        let list: ReadObject;
        for (let index = time; list === undefined || list.metadata.continue; index += 1) {
          const limit = limits[index % limits.length] ?? 1;
          const next = await namespace.get(page(limit, list?.metadata.continue));
          expect(next.metadata.resourceVersion).toBe((list ?? next).metadata.resourceVersion);
          found = expectPage(next, found, limit);
          list = next;
        }
        expect(found).toBe(total);
      }
      expect((await namespace.get(page(total + 1))).items).toHaveLength(total);
    },
  );

  conformance(
    '[sig-api-machinery] Servers with support for API chunking should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent [Slow]',
    async () => {
      const namespace = await withTemplates('compacted');
      const limit = total / 10;
      const first = await namespace.get(page(limit));
      let found = expectPage(first, 0, limit);

      const expired = await untilExpired(namespace, page(limit, first.metadata.continue));
      expect(expired).toMatchObject({ code: 410, reason: 'Expired', metadata: { continue: expect.any(String) } });

      let list = await namespace.get(page(limit, expired.metadata.continue));
      expect(list.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
      expect(list.items).toHaveLength(limit);
      found = expectPage(list, found, limit);
      const { resourceVersion } = list.metadata;
      while (list.metadata.continue) {
        list = await namespace.get(page(limit, list.metadata.continue));
        expect(list.metadata.resourceVersion).toBe(resourceVersion);
        found = expectPage(list, found, limit);
      }
      expect(found).toBe(total);
    },
  );

  /** Asks every 20 seconds, for two of the intervals in which storage compacts. */
  async function untilExpired(namespace: TestNamespace, path: string): Promise<ReadObject> {
    for (let seconds = 0; seconds <= 2 * 300; seconds += 20) {
      const { status, body } = await namespace.request('GET', path);
      if (status !== 200) return body;
      await cluster.time.advance('20s');
      // Only what has changed since can be compacted away.
      await namespace.create('configmaps', { metadata: { name: `later-${seconds}` } });
    }
    throw new Error('the token never expired');
  }
});

function nameOf(index: number): string {
  return `template-${String(index).padStart(4, '0')}`;
}
