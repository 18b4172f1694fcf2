import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { etcdctl, startEtcdctl } from './etcdctl.ts';
import { StorageServers } from './storage-servers.ts';

describe('Debian’s etcdctl with a storage cluster of three', () => {
  let servers: StorageServers;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orrery-etcdctl-'));
    servers = await StorageServers.start(3);
  });
  afterAll(async () => {
    await servers?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await etcdctl(servers.endpoints, args);
    if (code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await etcdctl(servers.endpoints, args);
    expect(code).not.toBe(0);
    return stderr;
  };

  it('reads through every member what was written through any', async () => {
    await etcdctl([servers.endpoint(servers.follower)], ['put', 'shared', 'value']);
    for (const endpoint of servers.endpoints) {
      expect((await etcdctl([endpoint], ['get', 'shared'])).stdout).toBe('shared\nvalue\n');
    }
  });

  it('takes a transaction typed by hand', async () => {
    await run('put', 'flag', 'off');
    const session = startEtcdctl(servers.endpoints, ['txn', '--interactive']);
    session.child.stdin.write('value("flag") = "off"\n\n');
    await session.until(/success requests/);
    session.child.stdin.write('put flag on\n\n');
    await session.until(/failure requests/);
    session.child.stdin.write('get flag\n\n');
    expect((await session.ended()).stdout).toMatch(/SUCCESS\n\nOK\n$/);
    expect(await run('get', 'flag', '--print-value-only')).toBe('on\n');
  });

  it('watches through one member what is written through another, from the past on', async () => {
    const first = /"mod_revision":(\d+)/.exec(
      await run('put', 'w', '1').then(() => run('get', 'w', '-w', 'json')),
    )?.[1];
    const watch = startEtcdctl([servers.endpoint(servers.follower)], ['watch', 'w', `--rev=${first}`]);
    await watch.until(/PUT\nw\n1\n/);
    await run('put', 'w', '2');
    await run('del', 'w');
    await watch.until(/DELETE\nw\n/);
    expect((await watch.interrupt()).stdout).toBe('PUT\nw\n1\nPUT\nw\n2\nDELETE\nw\n\n');
  });

  it('keeps a lease alive, and deletes its keys when nobody does', async () => {
    const grant = async (seconds: number): Promise<string> =>
      /lease ([0-9a-f]+) granted/.exec(await run('lease', 'grant', String(seconds)))?.[1] ?? '';
    const [kept, left] = [await grant(2), await grant(2)];
    await run('put', 'leased/kept', 'x', `--lease=${kept}`);
    await run('put', 'leased/left', 'x', `--lease=${left}`);
    const keepAlive = startEtcdctl([servers.endpoint(servers.follower)], ['lease', 'keep-alive', kept]);
    const watch = startEtcdctl(servers.endpoints, ['watch', '--prefix', 'leased/']);
    await watch.until(/DELETE\nleased\/left\n/);
    await watch.interrupt();
    expect(await run('get', 'leased/', '--prefix', '--keys-only')).toBe('leased/kept\n\n');
    expect(keepAlive.output()).toMatch(/keepalived with TTL\(2\)/);
    await keepAlive.interrupt();
    expect(await run('lease', 'list')).toContain(kept);
  });

  it('makes very short leases as long as a change of leaders takes', async () => {
    expect(await run('lease', 'grant', '0')).toMatch(/granted with TTL\(2s\)/);
  });

  it('locks: one holder at a time, the next when it lets go', async () => {
    const first = startEtcdctl(servers.endpoints, ['lock', 'door']);
    await first.until(/door\/[0-9a-f]+\n/);
    const second = startEtcdctl([servers.endpoint(servers.follower)], ['lock', 'door']);
    const waiting = startEtcdctl(servers.endpoints, ['watch', 'door', '--prefix', '--rev=1']);
    await waiting.until(/PUT[\s\S]*PUT/);
    await waiting.interrupt();
    expect(second.output()).toBe('');
    await first.interrupt();
    await second.until(/door\/[0-9a-f]+\n/);
    await second.interrupt();
    expect(await run('lock', 'door', 'echo', 'inside')).toBe('inside\n');
  });

  it('elects: who listens hears of each leader', async () => {
    const listener = startEtcdctl(servers.endpoints, ['elect', 'office', '--listen']);
    const first = startEtcdctl(servers.endpoints, ['elect', 'office', 'ada']);
    await first.until(/ada/);
    await listener.until(/office\/[0-9a-f]+\nada\n/);
    const second = startEtcdctl(servers.endpoints, ['elect', 'office', 'grace']);
    await first.interrupt();
    await second.until(/grace/);
    await listener.until(/grace/);
    await second.interrupt();
    await listener.interrupt();
  });

  it('shows members and their state; their hashes agree', async () => {
    expect((await run('member', 'list')).trim().split('\n')).toHaveLength(3);
    expect(await run('member', 'list')).toMatch(
      /, started, storage-2, http:\/\/storage-2:2380, http:\/\/127\.0\.0\.1:\d+, false/,
    );
    const status = JSON.parse(await run('endpoint', 'status', '--cluster', '-w', 'json')) as {
      Status: { leader: number; header: { member_id: number }; dbSize: number };
    }[];
    expect(new Set(status.map(({ Status }) => Status.leader)).size).toBe(1);
    expect(status.every(({ Status }) => Status.dbSize > 0)).toBe(true);
    const hashes = (await run('endpoint', 'hashkv', '--cluster'))
      .trim()
      .split('\n')
      .map((line) => line.split(', ')[1]);
    expect(new Set(hashes).size).toBe(1);
    expect((await etcdctl(servers.endpoints, ['endpoint', 'health', '--cluster'])).code).toBe(0);
  });

  it('moves the leadership where it is told to', async () => {
    const target = servers.follower;
    const members = await run('member', 'list');
    const id = new RegExp(`^([0-9a-f]+), started, ${target},`, 'm').exec(members)?.[1] ?? '';
    expect(await run('move-leader', id)).toMatch(/Leadership transferred from/);
    await servers.untilLed();
    expect(servers.leader).toBe(target);
    const notLeader = await etcdctl([servers.endpoint(servers.follower)], ['move-leader', id]);
    expect(notLeader.stderr).toMatch(/no leader endpoint given/);
  });

  it('saves a snapshot that etcd’s own tools read and restore', async () => {
    const file = join(folder, 'snapshot.db');
    const { code, stderr } = await etcdctl([servers.endpoint(servers.follower)], ['snapshot', 'save', file]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const status = JSON.parse((await etcdctl([], ['snapshot', 'status', file, '-w', 'json'])).stdout) as object;
    expect(status).toMatchObject({ revision: expect.any(Number), totalKey: expect.any(Number) });
    const restored = await etcdctl([], ['snapshot', 'restore', file, '--data-dir', join(folder, 'restored')]);
    expect(restored.code).toBe(0);
  });

  it('adds a learner, promotes it when it has caught up, and removes it', async () => {
    expect(await run('member', 'add', 'storage-4', '--learner', '--peer-urls=http://storage-4:2380')).toMatch(
      /added to cluster/,
    );
    const id =
      /^([0-9a-f]+), unstarted, , http:\/\/storage-4:2380, , true$/m.exec(await run('member', 'list'))?.[1] ?? '';
    expect(await refused('member', 'promote', id)).toMatch(/in sync with leader/);
    expect(await refused('member', 'add', 'storage-5', '--learner', '--peer-urls=http://storage-5:2380')).toMatch(
      /too many learner members in cluster/,
    );
    expect(await refused('member', 'add', 'again', '--peer-urls=http://storage-4:2380')).toMatch(
      /Peer URLs already exists/,
    );
    await servers.startMember('storage-4', { join: true });
    const learner = servers.endpoint('storage-4');
    await untilTrue(async () => (await etcdctl([learner], ['get', 'shared', '--consistency=s'])).stdout !== '');
    expect((await etcdctl([learner], ['get', 'shared'])).stderr).toMatch(/rpc not supported for learner/);
    await untilTrue(async () => (await etcdctl(servers.endpoints.slice(0, 3), ['member', 'promote', id])).code === 0);
    expect((await etcdctl([learner], ['get', 'shared'])).stdout).toBe('shared\nvalue\n');
    expect(await run('member', 'list')).toMatch(/started, storage-4, .*, false/);
    await servers.stopMember('storage-4');
    expect(await run('member', 'remove', id)).toMatch(/removed from cluster/);
    expect(await run('member', 'list')).not.toMatch(/storage-4/);
  });

  it('serves on when a member is lost', async () => {
    const lost = servers.leader;
    await servers.stopMember(lost);
    await servers.untilLed();
    expect(await run('put', 'after', 'loss')).toBe('OK\n');
    await servers.startMember(lost);
    await servers.untilLed();
    expect((await etcdctl([servers.endpoint(lost)], ['get', 'after'])).stdout).toBe('after\nloss\n');
  });
});

describe('etcdctl with a store at its quota', () => {
  let servers: StorageServers;
  beforeAll(async () => {
    servers = await StorageServers.start(1, { quotaBytes: 512 * 1024 });
  });
  afterAll(() => servers?.stop());

  it('is refused puts until somebody has made space and disarmed the alarm; reads and deletions go on', async () => {
    const { endpoints } = servers;
    const value = 'x'.repeat(100_000);
    for (let at = 0; at < 4; at++) expect((await etcdctl(endpoints, ['put', `k${at}`], { input: value })).code).toBe(0);
    const full = /rpc error: code = ResourceExhausted desc = etcdserver: mvcc: database space exceeded/;
    await untilTrue(async () => full.test((await etcdctl(endpoints, ['put', 'k', value])).stderr));
    expect((await etcdctl(endpoints, ['alarm', 'list'])).stdout).toMatch(/^memberID:\d+ alarm:NOSPACE \n$/);
    expect((await etcdctl(endpoints, ['put', 'small', 'x'])).stderr).toMatch(full);
    expect((await etcdctl(endpoints, ['lease', 'grant', '60'])).stderr).toMatch(full);
    expect((await etcdctl(endpoints, ['endpoint', 'status'])).stdout).toMatch(/NOSPACE/);
    expect((await etcdctl(endpoints, ['get', 'k1', '--keys-only'])).stdout).toMatch(/^k1\n/);
    expect((await etcdctl(endpoints, ['del', 'k', '--prefix'])).stdout).toMatch(/^[45]\n$/);
    const header = (await etcdctl(endpoints, ['get', 'k', '-w', 'json'])).stdout;
    const revision = /"revision":(\d+)/.exec(header)?.[1] ?? '';
    expect((await etcdctl(endpoints, ['compaction', revision])).code).toBe(0);
    expect((await etcdctl(endpoints, ['defrag'])).code).toBe(0);
    expect((await etcdctl(endpoints, ['alarm', 'disarm'])).stdout).toMatch(/^memberID:\d+ alarm:NOSPACE \n$/);
    expect((await etcdctl(endpoints, ['put', 'small', 'x'])).stdout).toBe('OK\n');
  });
});

const ATTEMPTS_MAX = 100;

/** Asks again until it is so: each question takes a process its time. */
async function untilTrue(ask: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) if (await ask()) return;
  throw new Error(`not so after ${ATTEMPTS_MAX} attempts`);
}
