import { afterEach, describe, expect, it } from '@jest/globals';
import { storagev1 } from '@orrery/proto';
import { type ConfigurationChange, type RaftStatus, votersOnly } from '@orrery/raft';
import type { StorageResult } from '../state-machine/storage-result.ts';
import { StorageCluster } from '../testing/storage-cluster.ts';
import { mustLeaveActiveMajority, UnhealthyClusterError } from './strict-reconfiguration.ts';

const { MemberChangeRequest_Action: Action } = storagev1;

/** Seen by the leader `a`. */
function status(voters: string, down: string): RaftStatus {
  const [leader = '', ...others] = voters;
  return {
    id: leader,
    role: 'leader',
    term: 1,
    leader,
    commit: 1,
    applied: 1,
    lastIndex: 1,
    configuration: votersOnly([...voters]),
    takenFor: 0,
    transferringTo: '',
    followers: others.map((member) => ({
      member,
      learner: false,
      state: 'replicate',
      match: 1,
      next: 2,
      recentActive: !down.includes(member),
      pendingSnapshot: undefined,
    })),
  };
}

const change = (text: string): ConfigurationChange => {
  const [kind, member = ''] = text.split(' ');
  return { kind: kind as ConfigurationChange['kind'], member };
};

describe('a change of the members', () => {
  it.each([
    ['a', '', 'add-voter b'],
    ['ab', '', 'add-voter c'],
    ['abc', '', 'add-voter d'],
    ['abcde', 'e', 'add-voter f'],
    ['abc', 'c', 'add-learner d'],
    ['abc', '', 'remove c'],
    ['abc', '', 'remove a'],
    ['abc', 'c', 'remove c'],
    ['ab', 'b', 'remove b'],
    ['abcd', 'd', 'remove c'],
    ['abc', 'c', 'promote d'],
    ['abc', 'c', 'remove learner'],
  ])('of %s without "%s": %s is carried out', (voters, down, text) => {
    expect(() => mustLeaveActiveMajority(status(voters, down), change(text))).not.toThrow();
  });

  it.each([
    ['abc', 'c', 'add-voter d'],
    ['abcde', 'de', 'add-voter f'],
    ['abc', 'c', 'remove b'],
    ['abc', 'c', 'remove a'],
    ['ab', 'b', 'remove a'],
    ['abcde', 'de', 'remove c'],
  ])('of %s without "%s": %s is refused', (voters, down, text) => {
    expect(() => mustLeaveActiveMajority(status(voters, down), change(text))).toThrow(UnhealthyClusterError);
  });
});

describe('a cluster that has lost a voter', () => {
  const members = ['storage-1', 'storage-2', 'storage-3'];
  let cluster: StorageCluster;
  afterEach(() => cluster.stop());

  const ask = (action: storagev1.MemberChangeRequest_Action, member: string): Promise<StorageResult> =>
    cluster.ask({ $case: 'memberChange', value: { action, member, peerUrls: [] } });

  it('takes neither another voter nor leave of one that is there, but gets rid of the lost one', async () => {
    cluster = new StorageCluster(members);
    await cluster.start();
    const leader = await cluster.untilLed();
    const [follower = '', lost = ''] = members.filter((name) => name !== leader);
    await cluster.kill(lost);
    await cluster.time.advance('5s');
    const unhealthy = { $case: 'error', value: { message: 'etcdserver: unhealthy cluster' } };
    expect(await ask(Action.ACTION_ADD, 'storage-4')).toMatchObject(unhealthy);
    expect(await ask(Action.ACTION_REMOVE, follower)).toMatchObject(unhealthy);
    expect(await ask(Action.ACTION_REMOVE, leader)).toMatchObject(unhealthy);
    expect(cluster.raftStatus(leader)?.configuration.voters).toEqual(members);
    expect(await ask(Action.ACTION_REMOVE, lost)).toMatchObject({ $case: 'memberChange' });
  });
});
