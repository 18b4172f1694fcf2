import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RandomAccess } from '@orrery/bolt';
import { type Command, KvStore, keyBytes, putCommand, StoreImport } from '@orrery/kv';
import { storagev1 } from '@orrery/proto';
import { SeededRandom } from '@orrery/runtime';
import { Backup, BackupFile, backupStatus } from '@orrery/storage';
import { EtcdCluster } from '@orrery/testing';

const LEASE = '7587848943239472640';
const LEASE_HEX = BigInt(LEASE).toString(16);

interface EtcdKeyValue {
  readonly key: string;
  readonly value?: string;
  readonly create_revision: number;
  readonly mod_revision: number;
  readonly version: number;
}

let folder: string;
let etcd: EtcdCluster | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orrery-test-backup-'));
});
afterEach(async () => {
  await etcd?.close();
  etcd = undefined;
  rmSync(folder, { recursive: true });
});

function fileOf(path: string): RandomAccess {
  const bytes = new Uint8Array(readFileSync(path));
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}

async function saveBackup(store: KvStore): Promise<string> {
  const path = join(folder, 'ours.db');
  const backup = await Backup.plan(store.freeze(), async () => {});
  for await (const chunk of backup.chunks()) writeFileSync(path, chunk, { flag: 'a' });
  return path;
}

async function storeFrom(path: string): Promise<KvStore> {
  const file = await BackupFile.open(fileOf(path));
  const imported = new StoreImport(await file.head());
  for await (const version of file.versions()) imported.add(version);
  const store = new KvStore();
  store.restore(imported);
  return store;
}

/** Keys with all that etcd tells of them, as of one revision. */
async function inEtcd(revision: number): Promise<string[]> {
  const answer = await etcd?.etcdctl('get', '', '--from-key', '--rev', String(revision), '-w', 'json');
  const { kvs = [] } = JSON.parse(answer ?? '{}') as { kvs?: EtcdKeyValue[] };
  const line = ({ key, value = '', create_revision, mod_revision, version }: EtcdKeyValue): string =>
    [fromBase64(key), fromBase64(value), create_revision, mod_revision, version].join(' ');
  return kvs.map(line);
}

function inStore(store: KvStore, revision: number): string[] {
  const request = { key: keyBytes('\0'), rangeEnd: keyBytes('\0'), revision };
  const { kvs } = store.range(storagev1.RangeRequest.fromPartial(request));
  return kvs.map(({ key, value, createRevision, modRevision, version }) =>
    [Buffer.from(key), Buffer.from(value), createRevision, modRevision, version].join(' '),
  );
}

function fromBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

async function expectSameStates(store: KvStore): Promise<void> {
  for (let revision = store.compactRevision; revision <= store.revision; revision += 7) {
    expect(await inEtcd(revision)).toEqual(inStore(store, revision));
  }
  expect(await inEtcd(store.revision)).toEqual(inStore(store, store.revision));
  const [hash] = JSON.parse((await etcd?.etcdctl('endpoint', 'hashkv', '-w', 'json')) ?? '[]') as {
    HashKV: { hash: number; compact_revision?: number; header: { revision: number } };
  }[];
  expect(store.hash()).toEqual({
    hash: hash?.HashKV.hash,
    // etcd says -1 where nothing was compacted.
    compactRevision: Math.max(0, hash?.HashKV.compact_revision ?? 0),
    hashRevision: hash?.HashKV.header.revision,
  });
}

/** Puts, transactions, deletions, leases and a compaction in the middle. */
function storeWithHistory(): KvStore {
  const store = new KvStore();
  const random = new SeededRandom(1);
  const apply = (command: Command) => store.apply(command, { time: 0 });
  const remove = (from: string, to: string): storagev1.Operation => {
    const range = { key: keyBytes(from), rangeEnd: keyBytes(to) };
    return { operation: { $case: 'deleteRange', value: storagev1.DeleteRange.fromPartial(range) } };
  };
  apply({ $case: 'leaseGrant', value: { id: LEASE, ttlSeconds: 3_600 } });
  for (let n = 0; n < 1_500; n++) {
    const key = `key-${random.integer(300)}`;
    apply(putCommand(key, Buffer.alloc(random.integer(200), 97 + (n % 26)), n % 40 === 0 ? LEASE : '0'));
    if (n % 15 === 0) {
      const success = [remove(`key-${n % 10}`, `key-${n % 10}5`), remove(`key-2${n % 10}`, `key-2${n % 10}9`)];
      apply({ $case: 'txn', value: { compare: [], success, failure: [] } });
    }
    if (n === 1_200) apply({ $case: 'compact', value: { revision: store.revision - 50 } });
  }
  apply(putCommand('large', Buffer.alloc(1_400_000, 'x')));
  return store;
}

describe('a backup of ours', () => {
  it('is what a real etcd goes on from: keys, history, revisions, leases, hash', async () => {
    const store = storeWithHistory();
    const path = await saveBackup(store);
    etcd = await EtcdCluster.start({ snapshot: path });
    await expectSameStates(store);
    const lease = await etcd.etcdctl('lease', 'timetolive', '--keys', LEASE_HEX);
    const attached = /keys\(\[(.*)\]\)/.exec(lease)?.[1]?.split(' ').sort();
    expect(attached).toEqual([...(store.lease(LEASE)?.keys ?? [])].sort());
    expect(lease).toContain('TTL(3600s)');
    await etcd.etcdctl('put', 'after', 'the restore');
    expect(await inEtcd(0)).toContain(`after the restore ${store.revision + 1} ${store.revision + 1} 1`);
  });

  it('is to etcdctl snapshot status what it is to us', async () => {
    const path = await saveBackup(storeWithHistory());
    etcd = await EtcdCluster.start();
    const told = JSON.parse(await etcd.etcdctl('snapshot', 'status', path, '-w', 'json')) as Record<string, number>;
    const { hash, revision, totalKeys: totalKey, totalBytes: totalSize } = await backupStatus(fileOf(path));
    expect({ hash, revision, totalKey, totalSize }).toEqual(told);
  });

  it('begins three members alike', async () => {
    const store = storeWithHistory();
    etcd = await EtcdCluster.start({ members: 3, snapshot: await saveBackup(store) });
    const words = ['endpoint', 'hashkv', '--rev', String(store.revision), '-w', 'json'];
    const answers = JSON.parse(await etcd.etcdctl(...words)) as { HashKV: { hash: number } }[];
    const { hash } = store.hash();
    expect(answers.map(({ HashKV }) => HashKV.hash)).toEqual([hash, hash, hash]);
    await etcd.etcdctl('put', 'after', 'the restore');
  });

  it('of an empty store is an empty etcd', async () => {
    const store = new KvStore();
    etcd = await EtcdCluster.start({ snapshot: await saveBackup(store) });
    await expectSameStates(store);
  });
});

describe('a snapshot of etcd', () => {
  it('is what we go on from: keys, history, deletions, leases, compaction, hash', async () => {
    etcd = await EtcdCluster.start();
    const ctl = etcd.etcdctl.bind(etcd);
    await ctl('lease', 'grant', '600');
    const [lease = ''] = /[0-9a-f]{16}/.exec(await ctl('lease', 'list')) ?? [];
    for (let n = 0; n < 30; n++) await ctl('put', `key-${n % 12}`, `value ${n}`, ...(n % 5 ? [] : ['--lease', lease]));
    await ctl('del', 'key-1', 'key-2');
    await ctl('put', 'key-10', 'again');
    await ctl('compact', '20');
    await ctl('del', 'key-3');
    const path = join(folder, 'theirs.db');
    await ctl('snapshot', 'save', path);

    const store = await storeFrom(path);
    expect([store.compactRevision, store.revision]).toEqual([20, 34]);
    await expectSameStates(store);
    expect(store.changesAt(34)?.map(({ key, current }) => [key, current])).toEqual([['key-3', undefined]]);
    const [kept] = store.leases();
    expect([kept?.id, kept?.ttlSeconds]).toEqual([String(BigInt(`0x${lease}`)), 600]);
    const attached = /keys\(\[(.*)\]\)/.exec(await ctl('lease', 'timetolive', '--keys', lease))?.[1];
    expect([...(kept?.keys ?? [])].sort()).toEqual(attached?.split(' ').sort());
  });

  it('comes back to etcd through us unchanged', async () => {
    etcd = await EtcdCluster.start();
    for (let n = 0; n < 20; n++) await etcd.etcdctl('put', `key-${n % 7}`, `value ${n}`);
    const path = join(folder, 'theirs.db');
    await etcd.etcdctl('snapshot', 'save', path);
    await etcd.close();
    const store = await storeFrom(path);
    etcd = await EtcdCluster.start({ snapshot: await saveBackup(store) });
    await expectSameStates(store);
  });
});
