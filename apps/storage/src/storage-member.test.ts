import { afterEach, describe, expect, it } from '@jest/globals';
import { registryv1, storagev1 } from '@orrery/proto';
import { putOperation, StorageCluster } from './testing/storage-cluster.ts';

const pod = (name: string, nodeName = '') =>
  JSON.stringify({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    spec: { nodeName },
  });
const podKey = (name: string) => `/registry/core/pods/default/${name}`;

let cluster: StorageCluster;
afterEach(() => cluster.stop());

describe('one storage member', () => {
  it('leads at once on an empty disk', async () => {
    cluster = new StorageCluster(['storage-1']);
    const before = cluster.time.now();
    await cluster.start();
    expect(cluster.time.now()).toBe(before);
    expect(cluster.leader).toBe('storage-1');
    expect(cluster.health('storage-1')).toBeUndefined();
  });

  it('finds everything after a power cut', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    for (let i = 0; i < 20; i++) await cluster.put(podKey(`web-${i}`), pod(`web-${i}`));
    const before = await cluster.read('/registry/');
    await cluster.kill('storage-1', true);
    await cluster.start();
    expect(Object.keys(before)).toHaveLength(20);
    expect(await cluster.read('/registry/')).toEqual(before);
  });

  it('publishes one entry for each revision, with the object as the API serves it', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    await cluster.put(podKey('web'), pod('web'));
    await cluster.put('/other', 'no object');
    await cluster.put(podKey('web'), pod('web', 'node-1'));

    const log = await cluster.registryLog();
    expect(log.map(({ entry }) => [entry.position, entry.subject])).toEqual([
      [1, 'test.registry._._._._._'],
      [2, 'test.registry.core.pods._.default.web'],
      [3, 'test.registry._._._._._'],
      [4, 'test.registry.core.pods.node-1.default.web'],
    ]);
    const { event } = log[3] ?? { event: registryv1.Event.create() };
    expect(event).toMatchObject({
      type: registryv1.Event_Type.TYPE_MODIFIED,
      version: 'v1',
      uid: 'uid-web',
      revision: 4,
    });
    expect(JSON.parse(new TextDecoder().decode(event.object)).metadata.resourceVersion).toBe('4');
    expect(JSON.parse(new TextDecoder().decode(event.previous)).metadata.resourceVersion).toBe('2');
  });

  it('answers a repeated request and does not apply it again, also after a restart', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    const first = await cluster.put('/a', 'x', 'same');
    await cluster.put('/a', 'y');
    await cluster.kill('storage-1');
    await cluster.start();
    expect(await cluster.put('/a', 'x', 'same')).toEqual(first);
    expect(await cluster.read()).toEqual({ '/a': 'y' });
  });

  it('refuses writes on a full disk, serves reads, and goes on when there is space', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    await cluster.put('/a', '1');
    cluster.disk('storage-1').fillUp(10);
    const refused = await cluster.put('/a', '2');
    expect(refused).toMatchObject({ $case: 'error', value: { code: 5 } });
    expect(cluster.health('storage-1')).toContain('disk is full');
    expect(await cluster.read()).toEqual({ '/a': '1' });
    cluster.disk('storage-1').freeUp();
    expect(await cluster.put('/a', '3')).toMatchObject({ $case: 'txn' });
    expect(cluster.health('storage-1')).toBeUndefined();
    await cluster.kill('storage-1');
    await cluster.start();
    expect(await cluster.read()).toEqual({ '/a': '3' });
  });

  it('comes up when it was started on a full disk that gets space later', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    await cluster.put('/a', '1');
    await cluster.kill('storage-1');
    cluster.disk('storage-1').fillUp(0);
    await cluster.start();
    expect(cluster.health('storage-1')).toContain('disk is full');
    cluster.disk('storage-1').freeUp();
    await cluster.time.advance('1s');
    expect(cluster.health('storage-1')).toBeUndefined();
    expect(await cluster.read()).toEqual({ '/a': '1' });
  });

  it('refuses the data folder of another version, and says what to do', async () => {
    cluster = new StorageCluster(['storage-1']);
    const content = new TextEncoder().encode('{"format":"orrery-storage","version":99}');
    await cluster.disk('storage-1').writeFile('format.json', content);
    await expect(cluster.start()).rejects.toThrow(
      'the data folder of storage member storage-1 has format version 99, this release supports version 2: ' +
        'start the release that wrote it, or move the folder away to begin with an empty cluster',
    );
  });

  it('does not start under a name that is not among the members', async () => {
    cluster = new StorageCluster(['storage-1'], 1, { member: 'storage-9' });
    await expect(cluster.start()).rejects.toMatchObject({ name: 'StorageConfigError' });
    expect(await cluster.disk('storage-1').list('')).toEqual([]);
  });

  it('loses no acknowledged write, wherever the power goes', async () => {
    for (let seed = 0; seed < 25; seed++) {
      cluster = new StorageCluster(['storage-1'], seed);
      await cluster.start();
      const acknowledged: string[] = [];
      for (let n = 0; n < 8; n++) {
        expect(await cluster.put(`/sure-${n}`, 'x')).toMatchObject({ $case: 'txn' });
        acknowledged.push(`/sure-${n}`);
      }
      // These are somewhere between the bus and the disk when the power goes.
      for (let n = 0; n < 8; n++) {
        const data = storagev1.Request.encode({ requestId: `open-${n}`, operation: putOperation(`/open-${n}`, 'x') });
        cluster.client.request(cluster.subjects.kv(), data.finish(), { timeoutMs: 1 }).then(
          (answer) => {
            if (storagev1.Response.decode(answer).result?.$case === 'txn') acknowledged.push(`/open-${n}`);
          },
          () => undefined,
        );
        for (let turn = 0; turn < seed; turn++) await Promise.resolve();
      }
      await cluster.kill('storage-1', true);
      await cluster.time.advance(10);
      await cluster.start();
      expect(Object.keys(await cluster.read())).toEqual(expect.arrayContaining(acknowledged));
      await cluster.stop();
    }
  });

  it('compacts what was the newest state five minutes ago', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    for (let n = 0; n < 5; n++) await cluster.put('/a', String(n));
    await cluster.time.advance('5m');
    await cluster.put('/a', 'newest');
    expect(await cluster.ask({ $case: 'status', value: {} })).toMatchObject({ value: { compactRevision: 0 } });
    await cluster.time.advance('5m');
    expect(await cluster.ask({ $case: 'status', value: {} })).toMatchObject({ value: { compactRevision: 6, keys: 1 } });
    expect(await cluster.read()).toEqual({ '/a': 'newest' });
  });

  it('revokes an expired lease, one revision for each key', async () => {
    cluster = new StorageCluster(['storage-1']);
    await cluster.start();
    await cluster.ask({ $case: 'leaseGrant', value: { id: '7', ttlSeconds: 60 } });
    for (const name of ['a', 'b']) {
      const put = storagev1.Put.fromPartial({
        key: new TextEncoder().encode(podKey(name)),
        value: new TextEncoder().encode(pod(name)),
        lease: '7',
      });
      await cluster.ask({
        $case: 'txn',
        value: { compare: [], success: [{ operation: { $case: 'put', value: put } }], failure: [] },
      });
    }
    await cluster.time.advance('59s');
    expect(Object.keys(await cluster.read())).toHaveLength(2);
    await cluster.time.advance('2s');
    expect(await cluster.read()).toEqual({});
    const types = (await cluster.registryLog()).map(({ event }) => [event.revision, event.type]);
    expect(types.slice(-2)).toEqual([
      [4, registryv1.Event_Type.TYPE_DELETED],
      [5, registryv1.Event_Type.TYPE_DELETED],
    ]);
  });
});
