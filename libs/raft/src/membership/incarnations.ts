import type { raftv1 } from '@orrery/proto';
import { majority } from '../quorum/quorum.ts';
import { ConfigurationChangeError } from '../raft-error.ts';
import { type ConfigurationChange, changed } from './configuration.ts';

/**
 * A name may have several lives: a member is removed, its disk is lost, and it is added again with an empty one. What the old life said and was told
 * must not count for the new one. So each data folder has a number, drawn when it was made; messages carry it, and the configuration says which one a
 * name means. Name and incarnation together are what Raft calls a server; docs/adr/0011 tells why this is safe.
 *
 * A configuration knows of a member
 *
 * - its incarnation, once the leader has heard of it; only that one is spoken to, and believed;
 * - `NEWCOMER` before, if it was added: it is greeted and counts for nothing, whatever it says;
 * - nothing, if it is one of the first members and was not heard of yet: there can only be one life of those.
 */
export const NEWCOMER = 0;

/** `undefined`: one of the first members, or no member at all. */
export function incarnationOf({ incarnations }: raftv1.Configuration, member: string): number | undefined {
  return incarnations?.of[member];
}

export function withIncarnation(
  configuration: raftv1.Configuration,
  member: string,
  incarnation: number,
): raftv1.Configuration {
  return { ...configuration, incarnations: { of: { ...configuration.incarnations?.of, [member]: incarnation } } };
}

/**
 * The configuration after `change`, where members have incarnations. Throws `ConfigurationChangeError`, also where nobody could lead any more before voters
 * are heard of that only a leader makes known. The second member is added all the same: the first one alone can make it known.
 */
export function changedWithIncarnations(
  configuration: raftv1.Configuration,
  change: ConfigurationChange,
  learnersMax: number,
): raftv1.Configuration {
  const next = nextOf(configuration, change, learnersMax);
  const count = next.voters.length;
  const isSecond = change.kind === 'add-voter' && count === 2;
  if (count - unknownVoters(next).length < majority(count) && !isSecond) {
    throw new ConfigurationChangeError(change, 'not-enough-started-voters');
  }
  return next;
}

function nextOf(
  configuration: raftv1.Configuration,
  change: ConfigurationChange,
  learnersMax: number,
): raftv1.Configuration {
  const { incarnations } = configuration;
  const next = { ...changed(configuration, change, learnersMax), ...(incarnations && { incarnations }) };
  switch (change.kind) {
    case 'add-learner':
    case 'add-voter':
      return withIncarnation(next, change.member, NEWCOMER);
    case 'promote':
      return next;
    case 'remove': {
      const { [change.member]: _gone, ...rest } = incarnations?.of ?? {};
      return { ...next, incarnations: { of: rest } };
    }
  }
}

/** Voters whom nobody has heard of. They count, as if they were down. */
export function unknownVoters(configuration: raftv1.Configuration): string[] {
  return configuration.voters.filter((voter) => incarnationOf(configuration, voter) === NEWCOMER);
}

/** Do the two have the same members, and the same of them that nobody has heard of and that count? */
export function countAlike(one: raftv1.Configuration, other: raftv1.Configuration): boolean {
  const key = (configuration: raftv1.Configuration): string =>
    JSON.stringify([configuration.voters, configuration.learners, unknownVoters(configuration)]);
  return key(one) === key(other);
}

/** How a vote names the candidate: two lives of one name are two candidates. */
export function candidateName(member: string, incarnation: number): string {
  return incarnation === 0 ? member : `${member}#${incarnation}`;
}
