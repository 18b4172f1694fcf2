import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ConfigMap, isAlreadyExists } from '@orrery/api';
import { ApiUnreachableError, HttpApiClient, readKubeconfig } from '@orrery/client';
import { SystemTimers } from '@orrery/runtime';
import { startCluster, type TestCluster } from '@orrery/testing';

jest.setTimeout(30_000);

let cluster: TestCluster;
let api: HttpApiClient;
beforeAll(async () => {
  cluster = await startCluster({ services: ['storage', 'apiserver'], time: 'real', https: true });
  api = new HttpApiClient(readKubeconfig(cluster.kubeconfig ?? ''), new SystemTimers());
});
afterAll(async () => {
  api.close();
  await cluster.close();
});

const key = { namespace: 'default', name: 'settings' };

it('creates, reads, changes, lists and deletes over HTTPS', async () => {
  const created = await api.create(ConfigMap, { metadata: { ...key }, data: { a: '1' } });
  expect(await api.get(ConfigMap, key)).toEqual(created);
  expect(isAlreadyExists(await api.create(ConfigMap, { metadata: { ...key } }).catch((error: unknown) => error))).toBe(
    true,
  );
  const changed = await api.patch(ConfigMap, key, { type: 'merge', body: { data: { a: '2' } } });
  expect(changed.data).toEqual({ a: '2' });
  expect((await api.list(ConfigMap, { namespace: 'default' })).items.map(({ data }) => data)).toContainEqual({
    a: '2',
  });
  await api.delete(ConfigMap, key);
  await api.delete(ConfigMap, key);
  expect(await api.get(ConfigMap, key)).toBeUndefined();
});

it('says when nobody answers', async () => {
  const nobody = new HttpApiClient({ server: 'https://127.0.0.1:1' }, new SystemTimers(), { attemptsMax: 2 });
  await expect(nobody.get(ConfigMap, key)).rejects.toBeInstanceOf(ApiUnreachableError);
  nobody.close();
});
