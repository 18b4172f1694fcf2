import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CertificateAuthority } from '@orrery/orrery';
import { MemoryLogger, VirtualTime } from '@orrery/runtime';
import { EtcdCluster, freePort } from '@orrery/testing';
import { EtcdCompaction } from '../../apps/apiserver/src/storage/etcd/etcd-compaction.ts';
import {
  RevisionCompactedError,
  StorageCertificateError,
  StorageFullError,
  StorageUnavailableError,
} from '../../apps/apiserver/src/storage/storage-errors.ts';
import { etcdStorage, etcdStorageInVirtualTime } from './etcd-store.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What is to be undone after a test, the last first. */
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startEtcd(options: Parameters<typeof EtcdCluster.start>[0] = {}): Promise<EtcdCluster> {
  const etcd = await EtcdCluster.start(options);
  cleanUps.push(() => etcd.close());
  return etcd;
}

function open(config: Parameters<typeof etcdStorage>[0]) {
  const storage = etcdStorage(config);
  cleanUps.push(() => storage.close());
  return storage;
}

describe('storage on etcd', () => {
  it('waits for an etcd that comes back, and has lost nothing', async () => {
    const etcd = await startEtcd();
    const { store } = open({ endpoints: etcd.endpoints, prefix: '' });
    const { revision } = await store.create('/registry/a', bytes('one'));
    await etcd.stopMember('etcd-1', 'SIGKILL');
    const updated = store.update('/registry/a', bytes('two'), revision);
    await etcd.startMember('etcd-1');
    expect(await updated).toMatchObject({ succeeded: true });
    expect((await store.get('/registry/a')).stored?.value).toEqual(bytes('two'));
  });

  it('says who does not answer when nobody does for long', async () => {
    const time = new VirtualTime();
    const port = await freePort();
    const storage = etcdStorageInVirtualTime({ endpoints: [`127.0.0.1:${port}`], prefix: '' }, time);
    cleanUps.push(() => storage.close());
    const failure = storage.store.currentRevision().catch((error: unknown) => error);
    await time.advance('20s');
    const error = await failure;
    expect(error).toBeInstanceOf(StorageUnavailableError);
    expect(String(error)).toContain(`etcd at 127.0.0.1:${port}: No connection established`);
  });

  it('is waited for at the start, with a word in the log, and then no more', async () => {
    const time = new VirtualTime();
    const storage = etcdStorageInVirtualTime({ endpoints: [`127.0.0.1:${await freePort()}`], prefix: '' }, time);
    cleanUps.push(() => storage.close());
    const logger = new MemoryLogger();
    const failure = storage.connection.mustAnswer(logger).catch((error: unknown) => error);
    await time.advance('25s');
    expect(logger.lines).toMatchObject([{ message: 'waiting for etcd' }]);
    await time.advance('10s');
    expect(await failure).toBeInstanceOf(StorageUnavailableError);
  });

  it('goes on with two of three members, and through a change of leaders', async () => {
    const etcd = await startEtcd({ members: 3 });
    const { store } = open({ endpoints: etcd.endpoints, prefix: '' });
    for (const name of etcd.memberNames) {
      await etcd.stopMember(name, 'SIGKILL');
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, number) => store.create(`/registry/${name}/${number}`, bytes(name))),
      );
      expect(outcomes.filter(({ succeeded }) => succeeded)).toHaveLength(20);
      await etcd.startMember(name);
    }
    expect(await store.page({ prefix: '/registry/', limit: 100 })).toMatchObject({ count: 60, more: false });
  });

  it('asks another member when one is silent', async () => {
    const etcd = await startEtcd({ members: 3 });
    const { store } = open({ endpoints: etcd.endpoints, prefix: '' });
    const { revision } = await store.create('/registry/a', bytes('one'));
    etcd.signalMember('etcd-1', 'SIGSTOP');
    cleanUps.push(() => etcd.signalMember('etcd-1', 'SIGCONT'));
    expect(await store.update('/registry/a', bytes('two'), revision)).toMatchObject({ succeeded: true });
  });

  it('stops writing when the quota is used up, and keeps reading', async () => {
    const etcd = await startEtcd({ quotaBytes: 1024 * 1024 });
    const { store } = open({ endpoints: etcd.endpoints, prefix: '' });
    // etcd counts what it has written to its file, which it does ten times a second.
    const fill = async (): Promise<void> => {
      for (let number = 0; number < 1_000; number += 1)
        await store.create(`/registry/${number}`, new Uint8Array(100_000));
    };
    await expect(fill()).rejects.toThrow(StorageFullError);
    expect((await store.get('/registry/0')).stored?.value).toHaveLength(100_000);
  });
});

describe('storage on etcd by TLS', () => {
  async function certificates() {
    const authority = await CertificateAuthority.create('etcd-ca');
    const server = await authority.issue({ commonName: 'etcd', names: ['127.0.0.1'] });
    const client = await authority.issue({ commonName: 'apiserver' });
    const folder = mkdtempSync(join(tmpdir(), 'orrery-test-tls-'));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const tls = {
      certificate: file('server.pem', server.certificate),
      key: file('server-key.pem', server.key),
      clientAuthority: file('ca.pem', authority.keyPair.certificate),
    };
    return { tls, client, certificateAuthority: authority.keyPair.certificate };
  }

  it('connects with a certificate of its own', async () => {
    const { tls, client, certificateAuthority } = await certificates();
    const etcd = await startEtcd({ tls });
    const { store } = open({ endpoints: etcd.endpoints, prefix: '', tls: { certificateAuthority, ...client } });
    expect(await store.create('/registry/a', bytes('x'))).toMatchObject({ succeeded: true });
  });

  it('says at once that it does not know who signed etcd’s certificate', async () => {
    const { tls, client } = await certificates();
    const etcd = await startEtcd({ tls });
    const stranger = (await CertificateAuthority.create('stranger')).keyPair.certificate;
    const { store } = open({
      endpoints: etcd.endpoints,
      prefix: '',
      tls: { certificateAuthority: stranger, ...client },
    });
    await expect(store.currentRevision()).rejects.toThrow(StorageCertificateError);
  });

  it('gets no answer with a certificate that etcd does not know', async () => {
    const { tls, certificateAuthority } = await certificates();
    const etcd = await startEtcd({ tls });
    const stranger = await (await CertificateAuthority.create('stranger')).issue({ commonName: 'apiserver' });
    const { store } = open({ endpoints: etcd.endpoints, prefix: '', tls: { certificateAuthority, ...stranger } });
    await expect(store.currentRevision()).rejects.toThrow(StorageCertificateError);
  });
});

describe('compaction of etcd', () => {
  it('forgets, round by round, what is older than a round; one of two that do it wins each', async () => {
    const etcd = await startEtcd();
    const time = new VirtualTime();
    const config = { endpoints: etcd.endpoints, prefix: '' };
    const storages = ['one', 'two'].map((writer) => etcdStorageInVirtualTime(config, time, writer));
    const [storage] = storages;
    if (storage === undefined) throw new Error('there is no storage');
    const { store } = storage;
    const logger = new MemoryLogger();
    const compactions = storages.map(
      ({ connection }) =>
        new EtcdCompaction({ connection, timers: time, logger, spent: () => Number.MAX_SAFE_INTEGER }),
    );
    for (const each of storages) cleanUps.push(() => each.close());
    for (const compaction of compactions) {
      compaction.start();
      cleanUps.push(() => compaction.stop());
    }

    const first = await store.create('/registry/a', bytes('one'));
    await time.advance('5m');
    const second = await store.update('/registry/a', bytes('two'), first.revision);
    const at = (revision: number) => store.page({ prefix: '/registry/', limit: 1, revision });
    expect((await at(first.revision)).items[0]?.value).toEqual(bytes('one'));
    await time.advance('5m');
    await expect(at(first.revision)).rejects.toThrow(RevisionCompactedError);
    expect((await at(second.revision)).items[0]?.value).toEqual(bytes('two'));
    const rounds = JSON.parse(await etcd.etcdctl('get', 'compact_rev_key', '-w', 'json')) as {
      kvs: { version: number }[];
    };
    expect(rounds.kvs[0]?.version).toBe(2);
    expect(logger.lines).toEqual([]);
  });

  it('keeps what has not come into the registry log', async () => {
    const etcd = await startEtcd();
    const time = new VirtualTime();
    const storage = etcdStorageInVirtualTime({ endpoints: etcd.endpoints, prefix: '' }, time);
    cleanUps.push(() => storage.close());
    const { store, connection } = storage;
    const { revision } = await store.create('/registry/a', bytes('one'));
    const compaction = new EtcdCompaction({
      connection,
      timers: time,
      logger: new MemoryLogger(),
      spent: () => revision,
    });
    compaction.start();
    cleanUps.push(() => compaction.stop());
    await store.update('/registry/a', bytes('two'), revision);
    await time.advance('30m');
    expect((await store.page({ prefix: '/registry/', limit: 1, revision })).items[0]?.value).toEqual(bytes('one'));
  });
});
