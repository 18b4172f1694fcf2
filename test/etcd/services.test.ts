import { once } from 'node:events';
import { type Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { etcdserverpb, healthv1, v3electionpb, v3lockpb } from '@orrery/proto/etcd';
import { StorageServers } from './storage-servers.ts';

type Call<Response> = (done: (error: ServiceError | null, response: Response) => void) => unknown;
const answer = <Response>(call: Call<Response>): Promise<Response> =>
  new Promise((resolve, reject) => {
    call((error, response) => (error === null ? resolve(response) : reject(error)));
  });
const bytes = (text: string): Buffer => Buffer.from(text);

describe('services of etcd’s API that etcdctl does not use', () => {
  let servers: StorageServers;
  let clients: Client[] = [];
  const client = <C extends Client>(
    make: new (address: string, channel: ReturnType<typeof credentials.createInsecure>) => C,
    member = 'storage-1',
  ): C => {
    const made = new make(servers.endpoint(member), credentials.createInsecure());
    clients.push(made);
    return made;
  };
  beforeAll(async () => {
    servers = await StorageServers.start(3);
  });
  afterAll(async () => {
    for (const each of clients) each.close();
    clients = [];
    await servers?.stop();
  });

  describe('locks', () => {
    it('are held by one, until it lets go or its lease ends', async () => {
      const locks = client(v3lockpb.LockClient);
      const leases = client(etcdserverpb.LeaseClient);
      const grant = { TTL: 60, ID: '0' };
      const lease = await answer<etcdserverpb.LeaseGrantResponse>((done) => leases.leaseGrant(grant, done));
      const lock = (leaseId: string) =>
        answer<v3lockpb.LockResponse>((done) => locks.lock({ name: bytes('door'), lease: leaseId }, done));
      const first = await lock(lease.ID);
      expect(Buffer.from(first.key).toString()).toBe(`door/${BigInt(lease.ID).toString(16)}`);
      expect((await lock(lease.ID)).key).toEqual(first.key);
      let second: v3lockpb.LockResponse | undefined;
      const waiting = lock('0').then((response) => {
        second = response;
        return response;
      });
      await answer((done) =>
        client(etcdserverpb.KVClient, 'storage-2').range(
          etcdserverpb.RangeRequest.fromPartial({ key: bytes('door') }),
          done,
        ),
      );
      expect(second).toBeUndefined();
      await answer((done) => leases.leaseRevoke({ ID: lease.ID }, done));
      const { key } = await waiting;
      await answer((done) => locks.unlock({ key }, done));
    });

    it('are given up by who goes away while it waits', async () => {
      const locks = client(v3lockpb.LockClient);
      const held = await answer<v3lockpb.LockResponse>((done) => locks.lock({ name: bytes('gate'), lease: '0' }, done));
      const waiting = locks.lock({ name: bytes('gate'), lease: '0' }, () => undefined);
      const kv = client(etcdserverpb.KVClient);
      const range = etcdserverpb.RangeRequest.fromPartial({
        key: bytes('gate/'),
        rangeEnd: bytes('gate0'),
        countOnly: true,
      });
      const places = async () => (await answer<etcdserverpb.RangeResponse>((done) => kv.range(range, done))).count;
      while ((await places()) < 2);
      waiting.cancel();
      while ((await places()) > 1);
      await answer((done) => locks.unlock({ key: held.key }, done));
      expect(await places()).toBe(0);
    });
  });

  it('elects, proclaims, shows and observes leaders', async () => {
    const elections = client(v3electionpb.ElectionClient);
    const others = client(v3electionpb.ElectionClient, 'storage-3');
    const name = bytes('office');
    await expect(answer((done) => elections.leader({ name }, done))).rejects.toMatchObject({
      details: 'election: no leader',
    });
    const observed: string[] = [];
    const observer = others.observe({ name });
    observer.on('data', ({ kv }: v3electionpb.LeaderResponse) =>
      observed.push(Buffer.from(kv?.value ?? []).toString()),
    );
    observer.on('error', () => undefined);
    const campaign = (from: v3electionpb.ElectionClient, value: string) =>
      answer<v3electionpb.CampaignResponse>((done) => from.campaign({ name, lease: '0', value: bytes(value) }, done));
    const ada = await campaign(elections, 'ada');
    while (!observed.includes('ada')) await once(observer, 'data');
    const next = campaign(others, 'grace');
    await answer((done) => elections.proclaim({ leader: ada.leader, value: bytes('lovelace') }, done));
    while (!observed.includes('lovelace')) await once(observer, 'data');
    const leader = await answer<v3electionpb.LeaderResponse>((done) => others.leader({ name }, done));
    expect(Buffer.from(leader.kv?.value ?? []).toString()).toBe('lovelace');
    await answer((done) => elections.resign({ leader: ada.leader }, done));
    await next;
    while (!observed.includes('grace')) await once(observer, 'data');
    await expect(
      answer((done) => elections.proclaim({ leader: ada.leader, value: bytes('again') }, done)),
    ).rejects.toMatchObject({ details: 'election: not leader' });
    observer.cancel();
  });

  it('says whether it serves', async () => {
    const health = client(healthv1.HealthClient);
    expect(await answer((done) => health.check({ service: '' }, done))).toEqual({
      status: healthv1.HealthCheckResponse_ServingStatus.SERVING,
    });
  });

  it('ends a watch that wants a leader when there is none, and keeps one that does not', async () => {
    const [gone, left] = [servers.leader, servers.follower];
    const other = ['storage-1', 'storage-2', 'storage-3'].find((name) => name !== gone && name !== left) ?? '';
    const watch = (wanted: boolean) => {
      const metadata = new Metadata();
      if (wanted) metadata.set('hasleader', 'true');
      return client(etcdserverpb.WatchClient, left).watch(metadata);
    };
    const [strict, patient] = [watch(true), watch(false)];
    const request = etcdserverpb.WatchCreateRequest.fromPartial({ key: bytes('k') });
    for (const stream of [strict, patient]) stream.write({ requestUnion: { $case: 'createRequest', value: request } });
    await Promise.all([once(strict, 'data'), once(patient, 'data')]);
    patient.on('error', () => undefined);
    const ended = new Promise<ServiceError>((resolve) => strict.on('error', resolve));
    strict.resume();
    await servers.stopMember(gone);
    await servers.stopMember(other);
    expect(await ended).toMatchObject({ code: status.UNAVAILABLE, details: 'etcdserver: no leader' });
    expect(patient.destroyed).toBe(false);
    await servers.startMember(gone);
    await servers.startMember(other);
    await servers.untilLed();
    const told = once(patient, 'data');
    const put = etcdserverpb.PutRequest.fromPartial({ key: bytes('k'), value: bytes('v') });
    await answer((done) => client(etcdserverpb.KVClient, gone).put(put, done));
    const [response] = (await told) as [etcdserverpb.WatchResponse];
    expect(response.events).toHaveLength(1);
    patient.cancel();
  });

  it('refuses what it cannot read, and methods that it does not have', async () => {
    const kv = client(etcdserverpb.KVClient);
    const unary = (path: string, message: Buffer) =>
      answer((done) =>
        kv.makeUnaryRequest(
          path,
          (value: Buffer) => value,
          (value) => value,
          message,
          done,
        ),
      );
    await expect(unary('/etcdserverpb.KV/Range', bytes('\xff\xff'))).rejects.toMatchObject({ code: status.INTERNAL });
    await expect(unary('/etcdserverpb.KV/Nothing', bytes(''))).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
    const huge = etcdserverpb.PutRequest.encode(
      etcdserverpb.PutRequest.fromPartial({ key: bytes('k'), value: Buffer.alloc(3 * 1024 * 1024) }),
    );
    await expect(unary('/etcdserverpb.KV/Put', Buffer.from(huge.finish()))).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
  });
});
