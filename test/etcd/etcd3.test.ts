import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Etcd3, EtcdLockFailedError, type Namespace } from 'etcd3';
import { StorageServers } from './storage-servers.ts';

describe('the npm client etcd3', () => {
  let servers: StorageServers;
  let client: Etcd3;
  /** Each test in keys of its own. */
  let ns: Namespace;
  let tests = 0;

  beforeAll(async () => {
    servers = await StorageServers.start(3);
    client = new Etcd3({ hosts: servers.endpoints });
  });
  afterAll(async () => {
    client?.close();
    await servers?.stop();
  });
  const given = async (pairs: Record<string, string>): Promise<void> => {
    ns = client.namespace(`test-${++tests}/`);
    for (const [key, value] of Object.entries(pairs)) await ns.put(key).value(value);
  };

  describe('keys', () => {
    it('puts and gets strings, JSON, numbers and bytes', async () => {
      await given({ text: 'value', number: '42' });
      await ns.put('json').value(JSON.stringify({ deep: [1] }));
      await ns.put('bytes').value(Buffer.from([0, 255, 1]));
      expect(await ns.get('text').string()).toBe('value');
      expect(await ns.get('text')).toBe('value');
      expect(await ns.get('number').number()).toBe(42);
      expect(await ns.get('json').json()).toEqual({ deep: [1] });
      expect(await ns.get('bytes').buffer()).toEqual(Buffer.from([0, 255, 1]));
      expect(await ns.get('nothing')).toBeNull();
      expect(await ns.get('text').exists()).toBe(true);
      expect(await ns.get('nothing').exists()).toBe(false);
    });

    it('answers what was there before, and touches without changing', async () => {
      await given({ key: 'old' });
      expect(await ns.put('key').value('new').getPrevious()).toMatchObject({ value: Buffer.from('old') });
      await ns.put('key').touch();
      expect(await ns.get('key')).toBe('new');
    });

    it('gets ranges: by prefix, limit, order, as JSON, keys, count', async () => {
      await given({ 'n/1': '10', 'n/2': '20', 'n/3': '5', other: 'x' });
      expect(await ns.getAll().prefix('n/').numbers()).toEqual({ 'n/1': 10, 'n/2': 20, 'n/3': 5 });
      expect(await ns.getAll().prefix('n/').sort('Value', 'Ascend').limit(2).keys()).toEqual(['n/1', 'n/2']);
      expect(await ns.getAll().prefix('n/').sort('Key', 'Descend').keys()).toEqual(['n/3', 'n/2', 'n/1']);
      expect(await ns.getAll().keys()).toEqual(['n/1', 'n/2', 'n/3', 'other']);
      expect(await ns.getAll().prefix('n/').count()).toBe(3);
      expect(await ns.getAll().inRange({ start: 'n/2', end: 'n/3' }).strings()).toEqual({ 'n/2': '20' });
    });

    it('gets a state of the past', async () => {
      await given({ key: 'old' });
      const { header } = await ns.getAll().exec();
      await ns.put('key').value('new');
      expect(await ns.get('key').revision(header.revision)).toBe('old');
    });

    it('deletes one, several, and says what it deleted', async () => {
      await given({ 'd/1': 'a', 'd/2': 'b', 'd/3': 'c' });
      expect(await ns.delete().key('d/1').exec()).toMatchObject({ deleted: '1' });
      const previous = await ns.delete().prefix('d/').getPrevious();
      expect(previous.map(({ value }) => value.toString())).toEqual(['b', 'c']);
      await ns.put('x').value('1');
      await ns.delete().all();
      expect(await ns.getAll().count()).toBe(0);
    });
  });

  it('does one thing or another by a comparison', async () => {
    await given({ key: 'a' });
    const swap = (from: string, to: string) =>
      ns.if('key', 'Value', '==', from).then(ns.put('key').value(to)).else(ns.get('key')).commit();
    expect(await swap('a', 'b')).toMatchObject({ succeeded: true });
    expect(await swap('a', 'c')).toMatchObject({ succeeded: false });
    expect(await ns.get('key')).toBe('b');
    const made = ns.if('new', 'Create', '==', 0).and('key', 'Version', '>', 1).then(ns.put('new').value('1'));
    expect(await made.commit()).toMatchObject({ succeeded: true });
  });

  describe('watches', () => {
    it('tells of puts and deletions below a prefix', async () => {
      await given({});
      const watcher = await ns.watch().prefix('w/').withPreviousKV().create();
      const puts: string[] = [];
      watcher.on('put', ({ key, value }) => puts.push(`${key}=${value}`));
      const deleted = once(watcher, 'delete');
      await ns.put('w/1').value('a');
      await ns.put('elsewhere').value('x');
      await ns.put('w/1').value('b');
      await ns.delete().key('w/1');
      const [, previous] = (await deleted) as [unknown, { value: Buffer }];
      expect(puts).toEqual(['w/1=a', 'w/1=b']);
      expect(previous.value.toString()).toBe('b');
      await watcher.cancel();
    });

    it('begins in the past, and leaves out what is not wanted', async () => {
      await given({ key: '1' });
      const { header } = await ns.getAll().exec();
      await ns.put('key').value('2');
      await ns.delete().key('key');
      // The client names what is left: with 'put' it asks to leave out deletions.
      const watcher = await ns.watch().key('key').startRevision(header.revision).ignore('put').create();
      const seen: string[] = [];
      watcher.on('put', ({ value }) => seen.push(value.toString()));
      watcher.on('delete', () => seen.push('deletion'));
      await ns.put('key').value('3');
      while (!seen.includes('3')) await once(watcher, 'data');
      expect(seen).toEqual(['1', '2', '3']);
      await watcher.cancel();
    });

    it('serves many watchers of one client', async () => {
      await given({});
      const watchers = await Promise.all(Array.from({ length: 50 }, (_, at) => ns.watch().key(`many/${at}`).create()));
      const told = watchers.map((watcher) => once(watcher, 'put'));
      for (let at = 0; at < 50; at++) await ns.put(`many/${at}`).value(String(at));
      const values = (await Promise.all(told)).map(([{ value }]) => value.toString());
      expect(values).toEqual(Array.from({ length: 50 }, (_, at) => String(at)));
      await Promise.all(watchers.map((watcher) => watcher.cancel()));
    });
  });

  it('hangs keys on a lease, keeps it alive and revokes it', async () => {
    await given({});
    const lease = ns.lease(5);
    await lease.put('leased').value('x');
    await lease.keepaliveOnce();
    expect(await client.leaseClient.leaseTimeToLive({ ID: await lease.grant(), keys: true })).toMatchObject({
      grantedTTL: '5',
      keys: [Buffer.from(`test-${tests}/leased`)],
    });
    expect(await ns.get('leased')).toBe('x');
    await lease.revoke();
    expect(await ns.get('leased')).toBeNull();
  });

  it('locks', async () => {
    await given({});
    const lock = await ns.lock('door').ttl(5).acquire();
    await expect(ns.lock('door').ttl(5).acquire()).rejects.toBeInstanceOf(EtcdLockFailedError);
    await lock.release();
    expect(await ns.lock('door').do(() => Promise.resolve('inside'))).toBe('inside');
  });

  it('transfers between keys in software transactions that collide', async () => {
    await given({});
    // The client takes a key that is newer than another one that was read for changed: both begin at one revision.
    await ns.if('from', 'Create', '==', 0).then(ns.put('from').value('20'), ns.put('to').value('0')).commit();
    const transfer = () =>
      ns.stm({ retries: 50 }).transact(async (tx) => {
        const [from, to] = await Promise.all([tx.get('from').number(), tx.get('to').number()]);
        await tx.put('from').value(Number(from) - 1);
        await tx.put('to').value(Number(to) + 1);
      });
    await Promise.all(Array.from({ length: 5 }, transfer));
    expect(await ns.getAll().numbers()).toEqual({ from: 15, to: 5 });
  });

  it('elects one after the other', async () => {
    await given({});
    const election = ns.election('office', 5);
    const observer = await election.observe();
    const first = election.campaign('ada');
    await once(first, 'elected');
    while (observer.leader() !== 'ada') await once(observer, 'change');
    const second = election.campaign('grace');
    const elected = once(second, 'elected');
    await first.resign();
    await elected;
    while (observer.leader() !== 'grace') await once(observer, 'change');
    await second.proclaim('hopper');
    while (observer.leader() !== 'hopper') await once(observer, 'change');
    await second.resign();
    await observer.cancel();
  });

  it('keeps namespaces apart', async () => {
    await given({ key: 'inner' });
    const other = client.namespace('other/');
    await other.put('key').value('outer');
    expect(await ns.get('key')).toBe('inner');
    expect(await client.get(`test-${tests}/key`)).toBe('inner');
    await other.delete().all();
    expect(await ns.getAll().count()).toBe(1);
  });

  it('compacts, and is told what is gone', async () => {
    await given({ key: '1' });
    const { header } = await ns.getAll().exec();
    await ns.put('key').value('2');
    const { header: now } = await ns.getAll().exec();
    await client.kv.compact({ revision: now.revision });
    await expect(ns.get('key').revision(header.revision).string()).rejects.toThrow(
      /required revision has been compacted/,
    );
  });

  it('asks for status, members and users', async () => {
    expect(await client.maintenance.status()).toMatchObject({ version: expect.stringMatching(/^3\.4\./) });
    expect((await client.cluster.memberList({})).members.map(({ name }) => name)).toEqual([
      'storage-1',
      'storage-2',
      'storage-3',
    ]);
    expect(await client.getRoles()).toEqual([]);
    await expect(client.auth.authEnable()).rejects.toThrow(/root user does not exist/);
  });
});
