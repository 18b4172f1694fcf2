import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryLogger, systemRandom } from '@orrery/runtime';
import { restoreBackup } from '@orrery/storage';
import { EtcdCluster } from '@orrery/testing';
import { etcdctl } from '../etcd/etcdctl.ts';
import { StorageServers } from '../etcd/storage-servers.ts';

/** Three members that go on from what an etcd has saved, asked by the same tool as the etcd itself. */
describe('storage members begun from a snapshot of etcd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-test-from-etcd-'));
  const path = join(folder, 'theirs.db');
  let etcd: EtcdCluster;
  let servers: StorageServers;
  let lease = '';

  beforeAll(async () => {
    etcd = await EtcdCluster.start();
    const ctl = etcd.etcdctl.bind(etcd);
    lease = /[0-9a-f]{16}/.exec(await ctl('lease', 'grant', '3600'))?.[0] ?? '';
    for (let n = 0; n < 40; n++) await ctl('put', `key-${n % 15}`, `value ${n}`, ...(n % 7 ? [] : ['--lease', lease]));
    await ctl('del', '--prefix', 'key-1');
    await ctl('compact', '25');
    await ctl('put', 'last', 'word');
    await ctl('snapshot', 'save', path);
    const bytes = new Uint8Array(readFileSync(path));
    const file = { size: bytes.length, read: async (at: number, length: number) => bytes.slice(at, at + length) };
    const members = ['storage-1', 'storage-2', 'storage-3'];
    const parts = { random: systemRandom, logger: new MemoryLogger() };
    servers = await StorageServers.start(3, {}, (folders, cluster) =>
      restoreBackup(file, { cluster, members, folders }, parts),
    );
  });
  afterAll(async () => {
    await servers?.stop();
    await etcd?.close();
    rmSync(folder, { recursive: true });
  });

  const ours = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await etcdctl(servers.endpoints, words);
    if (code !== 0) throw new Error(`etcdctl ${words.join(' ')}: ${stderr}`);
    return stdout;
  };

  it.each([
    ['every key', ['get', '', '--from-key', '-w', 'fields']],
    ['a state of the past', ['get', '--prefix', 'key-', '--rev', '30', '-w', 'fields']],
    ['the oldest state that is kept', ['get', '--prefix', 'key-', '--rev', '25', '-w', 'fields']],
  ])('answer %s as it does', async (_, words) => {
    const facts = (text: string) => text.split('\n').filter((line) => !/ClusterID|MemberID|RaftTerm/.test(line));
    expect(facts(await ours(...words))).toEqual(facts(await etcd.etcdctl(...words)));
  });

  it('have the same keys on the same lease, with its whole time before them', async () => {
    const theirs = await etcd.etcdctl('lease', 'timetolive', '--keys', lease);
    const keys = (text: string) => /keys\(\[(.*)\]\)/.exec(text)?.[1]?.split(' ').sort();
    const answer = await ours('lease', 'timetolive', '--keys', lease);
    expect(keys(answer)).toEqual(keys(theirs));
    expect(answer).toContain('granted with TTL(3600s)');
  });

  it('have its hash', async () => {
    const hashes = (text: string) =>
      (JSON.parse(text) as { HashKV: { hash: number; compact_revision: number } }[]).map(({ HashKV }) => HashKV);
    const [theirs] = hashes(await etcd.etcdctl('endpoint', 'hashkv', '--rev', '43', '-w', 'json'));
    const all = hashes(await ours('endpoint', 'hashkv', '--rev', '43', '-w', 'json'));
    const expected = { hash: theirs?.hash, compact_revision: 25 };
    expect(all).toMatchObject([expected, expected, expected]);
  });

  it('go on at the next revision', async () => {
    await ours('put', 'new', 'value');
    expect(await ours('get', 'new', '-w', 'fields')).toContain('"ModRevision" : 44');
  });
});
