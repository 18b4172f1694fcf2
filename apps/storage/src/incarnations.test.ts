import { afterEach, describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import type { StorageResult } from './state-machine/storage-result.ts';
import { StorageCluster } from './testing/storage-cluster.ts';

const { MemberChangeRequest_Action: Action } = storagev1;
const members = ['storage-1', 'storage-2', 'storage-3'];

let cluster: StorageCluster;
afterEach(() => cluster.stop());

/** Asks the leader: whoever else is asked may be the one that knows none. */
function change(action: storagev1.MemberChangeRequest_Action, member: string): Promise<StorageResult> {
  const leader = members.find((name) => cluster.raftStatus(name)?.role === 'leader') as string;
  return cluster.ask({ $case: 'memberChange', value: { action, member, peerUrls: [] } }, { member: leader });
}

async function leaderAndOthers(): Promise<[leader: string, follower: string, other: string]> {
  const leader = await cluster.untilLed();
  const [follower = '', other = ''] = members.filter((name) => name !== leader);
  return [leader, follower, other];
}

/** The member's folder is lost: it is not running while that happens. */
async function empty(member: string): Promise<void> {
  await cluster.kill(member);
  await cluster.disk(member).remove('/');
}

function incarnations(member: string): Record<string, number> {
  return cluster.raftStatus(member)?.configuration.incarnations?.of ?? {};
}

describe('a data folder', () => {
  it('is what the cluster means by the name of its member, as soon as it has heard of it', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const [leader, follower] = await leaderAndOthers();
    await cluster.time.advance('1s');
    const known = incarnations(leader);
    expect(Object.keys(known).sort()).toEqual(members);
    expect(new Set(Object.values(known)).size).toBe(3);
    await cluster.kill(follower);
    await cluster.start(follower);
    await cluster.time.advance('1s');
    expect(incarnations(leader)).toEqual(known);
    expect(cluster.health(follower)).toBeUndefined();
  });
});

describe('a voter whose folder was emptied', () => {
  it('does not count as the one that it was, says what to do, and comes back that way', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const [leader, follower, other] = await leaderAndOthers();
    await cluster.put('/k', 'v');
    await cluster.time.advance('1s');
    await empty(follower);
    await cluster.start(follower);
    await cluster.time.advance('5s');
    expect(cluster.health(follower)).toContain('knows this member with another data folder');

    // With it there would be a majority: one that has forgotten what it promised is none.
    await cluster.kill(other);
    await cluster.time.advance('10s');
    expect(cluster.leader).toBeUndefined();
    expect(cluster.raftStatus(leader)?.role).not.toBe('leader');
    await cluster.start(other);
    await cluster.time.advance('5s');
    expect(cluster.raftStatus(other)?.leader).not.toBe('');

    expect(await change(Action.ACTION_REMOVE, follower)).toMatchObject({ $case: 'memberChange' });
    await empty(follower);
    expect(await change(Action.ACTION_ADD_LEARNER, follower)).toMatchObject({ $case: 'memberChange' });
    await cluster.join(follower);
    await cluster.time.advance('5s');
    expect(await change(Action.ACTION_PROMOTE, follower)).toMatchObject({ $case: 'memberChange' });
    expect(cluster.health(follower)).toBeUndefined();
    expect(await cluster.read('/k', follower)).toEqual({ '/k': 'v' });
  });
});

describe('a member that is removed and added again under its name', () => {
  it('is not hurt by what is still said to its old life', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const [, follower] = await leaderAndOthers();
    for (let n = 0; n < 20; n++) await cluster.put(`/k${n}`, 'v');
    await cluster.time.advance('1s');
    const late: Uint8Array[] = [];
    const subject = cluster.subjects.raft(follower);
    const ear = await cluster.client.subscribe(subject, ({ data }) => void late.push(data));
    await cluster.time.advance('1s');
    await ear.stop();
    expect(late.length).toBeGreaterThan(5);

    expect(await change(Action.ACTION_REMOVE, follower)).toMatchObject({ $case: 'memberChange' });
    await empty(follower);
    await cluster.join(follower);
    for (const data of late) cluster.client.publish(subject, data);
    expect(await change(Action.ACTION_ADD_LEARNER, follower)).toMatchObject({ $case: 'memberChange' });
    for (const data of late) cluster.client.publish(subject, data);
    await cluster.time.advance('5s');
    expect(cluster.health(follower)).toBeUndefined();
    expect(await change(Action.ACTION_PROMOTE, follower)).toMatchObject({ $case: 'memberChange' });
    expect(Object.keys(await cluster.read('/k', follower))).toHaveLength(20);
  });
});
