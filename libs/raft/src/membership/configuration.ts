import { raftv1 } from '@orrery/proto';
import { ConfigurationChangeError } from '../raft-error.ts';

/** One step from one configuration to the next. Majorities of the two always overlap, because at most one voter changes (4.1). */
export type ConfigurationChange =
  | { readonly kind: 'add-learner'; readonly member: string }
  | { readonly kind: 'add-voter'; readonly member: string }
  | { readonly kind: 'promote'; readonly member: string }
  | { readonly kind: 'remove'; readonly member: string };

/** The configuration of a member that was told nothing yet. */
export const NOBODY: raftv1.Configuration = { voters: [], learners: [] };

export function votersOnly(members: readonly string[]): raftv1.Configuration {
  return { voters: [...members].sort(), learners: [] };
}

export function isVoter({ voters }: raftv1.Configuration, member: string): boolean {
  return voters.includes(member);
}

export function isLearner({ learners }: raftv1.Configuration, member: string): boolean {
  return learners.includes(member);
}

export function isMember(configuration: raftv1.Configuration, member: string): boolean {
  return isVoter(configuration, member) || isLearner(configuration, member);
}

export function membersOf({ voters, learners }: raftv1.Configuration): string[] {
  return [...voters, ...learners];
}

/** The configuration after `change`. Throws `ConfigurationChangeError`. */
export function changed(
  configuration: raftv1.Configuration,
  change: ConfigurationChange,
  learnersMax: number,
): raftv1.Configuration {
  const { voters, learners } = configuration;
  const { member } = change;
  switch (change.kind) {
    case 'add-learner':
      if (isMember(configuration, member)) throw new ConfigurationChangeError(change, 'already-a-member');
      if (learners.length >= learnersMax) throw new ConfigurationChangeError(change, 'too-many-learners');
      return { voters, learners: withName(learners, member) };
    case 'add-voter':
      if (isMember(configuration, member)) throw new ConfigurationChangeError(change, 'already-a-member');
      return { voters: withName(voters, member), learners };
    case 'promote':
      if (!isMember(configuration, member)) throw new ConfigurationChangeError(change, 'not-a-member');
      if (!isLearner(configuration, member)) throw new ConfigurationChangeError(change, 'not-a-learner');
      return { voters: withName(voters, member), learners: withoutName(learners, member) };
    case 'remove':
      if (!isMember(configuration, member)) throw new ConfigurationChangeError(change, 'not-a-member');
      if (voters.length === 1 && isVoter(configuration, member))
        throw new ConfigurationChangeError(change, 'last-voter');
      return { voters: withoutName(voters, member), learners: withoutName(learners, member) };
  }
}

/** Voters of one of the two but not of the other. More than one, and two majorities could be apart (4.1). */
export function votersChanged(before: raftv1.Configuration, after: raftv1.Configuration): number {
  const gone = before.voters.filter((voter) => !isVoter(after, voter)).length;
  const come = after.voters.filter((voter) => !isVoter(before, voter)).length;
  return gone + come;
}

export function encodeConfiguration(configuration: raftv1.Configuration): Uint8Array {
  return raftv1.Configuration.encode(configuration).finish();
}

export function decodeConfiguration(data: Uint8Array): raftv1.Configuration {
  return raftv1.Configuration.decode(data);
}

function withName(names: readonly string[], name: string): string[] {
  return [...names, name].sort();
}

function withoutName(names: readonly string[], name: string): string[] {
  return names.filter((other) => other !== name);
}
