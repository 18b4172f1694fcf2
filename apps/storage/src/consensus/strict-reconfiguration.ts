import { type ConfigurationChange, majority, type RaftStatus } from '@orrery/raft';

/** The change would leave too few voters that are there: nothing could be committed until others are back. Nothing was changed. */
export class UnhealthyClusterError extends Error {
  override readonly name = 'UnhealthyClusterError';
  constructor(
    readonly change: ConfigurationChange,
    readonly active: number,
    readonly voters: number,
  ) {
    super(`${change.kind} ${change.member}: of ${voters} voters then only ${active} would be there`);
  }
}

/**
 * What an operator must not do to a cluster that is already in trouble, as etcd with its strict check of reconfigurations. A voter that is added counts as
 * down, because it has yet to start; one that is down can always be removed. The second voter is always added: the first has nobody to wait for. etcd
 * wants all voters to be there before it adds one or a learner; a majority afterwards is enough for us, and a learner changes no majority.
 *
 * Throws `UnhealthyClusterError`. `status`: the leader's.
 */
export function mustLeaveActiveMajority(status: RaftStatus, change: ConfigurationChange): void {
  const { voters } = status.configuration;
  const active = voters.filter((voter) => isActive(status, voter)).length;
  switch (change.kind) {
    case 'add-learner':
    case 'promote':
      // A learner that has caught up is there, so the majority grows with it.
      return;
    case 'add-voter':
      if (voters.length > 1 && active < majority(voters.length + 1)) {
        throw new UnhealthyClusterError(change, active, voters.length + 1);
      }
      return;
    case 'remove':
      if (!voters.includes(change.member) || !isActive(status, change.member)) return;
      if (active - 1 < majority(voters.length - 1)) {
        throw new UnhealthyClusterError(change, active - 1, voters.length - 1);
      }
      return;
    default:
      change satisfies never;
  }
}

function isActive({ id, followers }: RaftStatus, voter: string): boolean {
  return voter === id || followers.some(({ member, recentActive }) => member === voter && recentActive);
}
