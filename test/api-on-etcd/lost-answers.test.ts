import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EtcdCluster, FaultyLink } from '@orrery/testing';
import type { EtcdStorage } from '../../apps/apiserver/src/storage/etcd/etcd-storage.ts';
import type { WriteOutcome } from '../../apps/apiserver/src/storage/key-value-store.ts';
import { StorageUnavailableError } from '../../apps/apiserver/src/storage/storage-errors.ts';
import { etcdStorage } from './etcd-store.ts';

const key = '/registry/core/pods/default/one';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A write is carried out once, whatever becomes of its request and its answer. */
describe('a write to etcd whose answer is lost', () => {
  let etcd: EtcdCluster;
  let link: FaultyLink;
  /** Over the link that fails. */
  let ours: EtcdStorage;
  /** Straight to etcd. */
  let other: EtcdStorage;

  beforeEach(async () => {
    etcd = await EtcdCluster.start();
    link = await FaultyLink.open(Number(etcd.endpoints[0]?.split(':')[1]));
    ours = etcdStorage({ endpoints: [link.endpoint], prefix: '' }, 'ours');
    other = etcdStorage({ endpoints: etcd.endpoints, prefix: '' }, 'other');
    // Connected before anything goes wrong.
    await ours.store.currentRevision();
  });
  afterEach(async () => {
    ours?.close();
    other?.close();
    await link?.close();
    await etcd?.close();
  });

  /** Begins a write and cuts the link when etcd has carried it out but its answer is lost; `meanwhile` happens before the cut. */
  async function withLostAnswer(
    write: () => Promise<WriteOutcome>,
    meanwhile: () => Promise<unknown> = async () => {},
  ): Promise<WriteOutcome> {
    const before = await other.store.currentRevision();
    const answered = link.loseAnswers();
    const outcome = write();
    outcome.catch(() => undefined);
    await answered;
    while ((await other.store.currentRevision()) === before);
    await meanwhile();
    link.cut();
    return outcome;
  }

  /** The number of changes since its creation, by etcd's own count. */
  async function versionOfKey(): Promise<number> {
    const answer = JSON.parse(await etcd.etcdctl('get', key, '-w', 'json')) as { kvs?: { version: number }[] };
    return answer.kvs?.[0]?.version ?? 0;
  }

  async function created(value: string): Promise<number> {
    const outcome = await other.store.create(key, bytes(value));
    expect(outcome.succeeded).toBe(true);
    return outcome.revision;
  }

  it('is known to have happened', async () => {
    const outcome = await withLostAnswer(() => ours.store.create(key, bytes('mine')));
    const { stored } = await other.store.get(key);
    expect(outcome).toEqual({ succeeded: true, revision: stored?.modRevision });
    expect(await versionOfKey()).toBe(1);
  });

  it('is known to have happened although the object has been deleted since', async () => {
    const outcome = await withLostAnswer(
      () => ours.store.create(key, bytes('mine')),
      async () => other.store.delete(key, (await other.store.get(key)).stored?.modRevision ?? 0),
    );
    expect(outcome.succeeded).toBe(true);
    expect((await other.store.get(key)).stored).toBeUndefined();
  });

  it('is known to have happened although somebody has changed the object since', async () => {
    const first = await created('first');
    const outcome = await withLostAnswer(
      () => ours.store.update(key, bytes('mine'), first),
      async () => other.store.update(key, bytes('theirs'), (await other.store.get(key)).stored?.modRevision ?? 0),
    );
    expect(outcome).toMatchObject({ succeeded: true });
    expect((await other.store.get(key)).stored?.value).toEqual(bytes('theirs'));
    expect(await versionOfKey()).toBe(3);
  });

  it('is repeated when it never arrived', async () => {
    const sent = link.holdRequests();
    const outcome = ours.store.create(key, bytes('mine'));
    await sent;
    link.cut();
    expect(await outcome).toMatchObject({ succeeded: true });
    expect(await versionOfKey()).toBe(1);
  });

  it('has lost when somebody else was there first', async () => {
    const first = await created('first');
    const sent = link.holdRequests();
    const outcome = ours.store.update(key, bytes('mine'), first);
    await sent;
    await other.store.update(key, bytes('theirs'), first);
    link.cut();
    expect(await outcome).toMatchObject({ succeeded: false, current: { value: bytes('theirs') } });
  });

  it('does nothing when it arrives late, after it was repeated and its object deleted', async () => {
    const sent = link.holdRequests();
    const outcome = ours.store.create(key, bytes('mine'));
    await sent;
    link.cut();
    const { revision } = await outcome;
    expect(await other.store.delete(key, revision)).toMatchObject({ succeeded: true });
    const before = await other.store.currentRevision();
    link.deliverLate();
    // The late request is answered on its own connection; what is written behind it shows that etcd has dealt with it.
    for (let number = 0; number < 20; number += 1) await ours.store.create(`/registry/after-${number}`, bytes('x'));
    expect((await other.store.get(key)).stored).toBeUndefined();
    expect((await other.store.currentRevision()) - before).toBe(20);
  });

  it('is not claimed where nobody can tell whose deletion it was', async () => {
    const first = await created('first');
    await expect(withLostAnswer(() => ours.store.delete(key, first))).rejects.toThrow(StorageUnavailableError);
    expect((await other.store.get(key)).stored).toBeUndefined();
  });

  it('does not stop those that follow', async () => {
    await withLostAnswer(() => ours.store.create(key, bytes('mine')));
    const writes = Array.from({ length: 50 }, (_, number) => ours.store.create(`/registry/n-${number}`, bytes('x')));
    expect((await Promise.all(writes)).every(({ succeeded }) => succeeded)).toBe(true);
  });
});
