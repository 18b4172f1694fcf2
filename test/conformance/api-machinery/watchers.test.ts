import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { HttpsCluster } from '../../api/https-cluster.ts';
import { OpenWatch, type WatchEvent } from '../../api/https-exchange.ts';
import { conformance } from '../conformance.ts';
import { HttpsRequests } from './https-requests.ts';
import type { ReadObject } from './test-namespace.ts';

jest.setTimeout(30_000);

const label = 'watch-this-configmap';

describe('a watch of config maps', () => {
  let cluster: HttpsCluster;
  let api: HttpsRequests;
  beforeAll(async () => {
    cluster = await HttpsCluster.start();
    api = new HttpsRequests(cluster);
  });
  afterAll(() => cluster.stop());

  /** The path of the config maps of a new namespace. */
  const configMapsOf = async (namespace: string): Promise<string> => {
    await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
    return `/api/v1/namespaces/${namespace}/configmaps`;
  };
  const create = (path: string, name: string, value: string) =>
    api.create(path, { metadata: { name, labels: { [label]: value } } });
  const remove = (path: string, name: string) => api.delete(`${path}/${name}`);
  const mutate = (path: string, name: string, mutation: string) =>
    api.update(`${path}/${name}`, (configMap) => {
      configMap.data = { ...configMap.data, mutation };
    });
  const relabel = (path: string, name: string, value: string) =>
    api.update(`${path}/${name}`, (configMap) => {
      configMap.metadata.labels[label] = value;
    });
  const watch = (path: string, values: readonly string[], resourceVersion = '') => {
    const labelSelector = `${label} in (${values.join(',')})`;
    const query = new URLSearchParams({ watch: 'true', labelSelector, ...(resourceVersion && { resourceVersion }) });
    return OpenWatch.open(cluster, `${path}?${query}`);
  };
  /** The next event must be this one: so it is also said that there was no other before. */
  const expectNext = async (open: OpenWatch, type: string, object?: ReadObject): Promise<WatchEvent | undefined> => {
    const [event] = await open.next(1);
    expect(event?.type).toBe(type);
    if (object !== undefined) expect(event?.object).toEqual(object);
    return event;
  };

  conformance(
    '[sig-api-machinery] Watchers should observe add, update, and delete watch notifications on configmaps',
    async () => {
      const path = await configMapsOf('several-watchers');
      const [a, b, both] = await Promise.all([watch(path, ['A']), watch(path, ['B']), watch(path, ['A', 'B'])]);
      const expectBoth = async (one: OpenWatch, type: string, object?: ReadObject) => {
        await expectNext(one, type, object);
        await expectNext(both, type, object);
      };
      await expectBoth(a, 'ADDED', await create(path, 'configmap-a', 'A'));
      await expectBoth(a, 'MODIFIED', await mutate(path, 'configmap-a', '1'));
      await expectBoth(a, 'MODIFIED', await mutate(path, 'configmap-a', '2'));
      await remove(path, 'configmap-a');
      await expectBoth(a, 'DELETED');
      await expectBoth(b, 'ADDED', await create(path, 'configmap-b', 'B'));
      await remove(path, 'configmap-b');
      await expectBoth(b, 'DELETED');
      // Had one of them been told of the other's config map, this would not be its next event.
      await expectBoth(a, 'ADDED', await create(path, 'configmap-a', 'A'));
      for (const open of [a, b, both]) open.close();
    },
  );

  conformance(
    '[sig-api-machinery] Watchers should be able to start watching from a specific resource version',
    async () => {
      const path = await configMapsOf('from-a-version');
      await create(path, 'configmap', 'from-resource-version');
      const first = await mutate(path, 'configmap', '1');
      const second = await mutate(path, 'configmap', '2');
      await remove(path, 'configmap');
      const open = await watch(path, ['from-resource-version'], first.metadata.resourceVersion);
      await expectNext(open, 'MODIFIED', second);
      await expectNext(open, 'DELETED');
      open.close();
    },
  );

  conformance(
    '[sig-api-machinery] Watchers should be able to restart watching from the last resource version observed by the previous watch',
    async () => {
      const path = await configMapsOf('restarted');
      const values = ['watch-closed-and-restarted'];
      const broken = await watch(path, values);
      const created = await create(path, 'configmap', 'watch-closed-and-restarted');
      await mutate(path, 'configmap', '1');
      await expectNext(broken, 'ADDED', created);
      const last = await expectNext(broken, 'MODIFIED');
      broken.close();
      const second = await mutate(path, 'configmap', '2');
      const restarted = await watch(path, values, last?.object.metadata.resourceVersion);
      await remove(path, 'configmap');
      await expectNext(restarted, 'MODIFIED', second);
      await expectNext(restarted, 'DELETED');
      restarted.close();
    },
  );

  conformance(
    '[sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of the selector',
    async () => {
      const path = await configMapsOf('label-changed');
      const open = await watch(path, ['label-changed-and-restored']);
      const created = await create(path, 'configmap', 'label-changed-and-restored');
      const first = await mutate(path, 'configmap', '1');
      await relabel(path, 'configmap', 'wrong-value');
      await expectNext(open, 'ADDED', created);
      await expectNext(open, 'MODIFIED', first);
      await expectNext(open, 'DELETED');
      await mutate(path, 'configmap', '2');
      const restored = await relabel(path, 'configmap', 'label-changed-and-restored');
      const third = await mutate(path, 'configmap', '3');
      await remove(path, 'configmap');
      await expectNext(open, 'ADDED', restored);
      await expectNext(open, 'MODIFIED', third);
      await expectNext(open, 'DELETED');
      open.close();
    },
  );

  conformance('[sig-api-machinery] Watchers should receive events on concurrent watches in same order', async () => {
    const path = await configMapsOf('same-order');
    let resourceVersion: string = (await api.get(path)).metadata.resourceVersion;
    const producing = new AbortController();
    const produced = produceChanges(path, producing.signal);
    const watches: OpenWatch[] = [];
    for (let round = 0; round < 100; round += 1) {
      const query = new URLSearchParams({ watch: 'true', resourceVersion });
      watches.push(await OpenWatch.open(cluster, `${path}?${query}`));
      const events = await Promise.all(watches.map((open) => open.next(1)));
      const versions = new Set(events.map(([event]) => event?.object.metadata.resourceVersion));
      expect(versions.size).toBe(1);
      resourceVersion = [...versions][0];
      expect(resourceVersion).toMatch(/^\d+$/);
    }
    producing.abort();
    for (const open of watches) open.close();
    await produced;
  });

  /** Creates, updates and deletes config maps, one after the other. */
  async function produceChanges(path: string, signal: AbortSignal): Promise<void> {
    for (let index = 0; !signal.aborted; index += 1) {
      await create(path, `cm-${index}`, 'order');
      if (index % 2 === 0) await mutate(path, `cm-${index}`, '1');
      if (index >= 5) await remove(path, `cm-${index - 5}`);
    }
  }
});
