/** The arithmetic of majorities. `voters` may be empty: of nobody there is no majority. */

export function majority(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/**
 * The largest value that a majority of the voters has reached: the commit index from what each has on disk (3.6), or the round of heartbeats that
 * counts from what each has answered (6.4). 0 for nobody.
 */
export function majorityValue(voters: readonly string[], reached: (voter: string) => number): number {
  if (voters.length === 0) return 0;
  const descending = voters.map(reached).sort((a, b) => b - a);
  return descending[majority(voters.length) - 1] as number;
}

/** Does a majority of the voters satisfy `holds`? */
export function majorityHolds(voters: readonly string[], holds: (voter: string) => boolean): boolean {
  let count = 0;
  for (const voter of voters) if (holds(voter)) count++;
  return count >= majority(voters.length);
}

export type ElectionOutcome = 'won' | 'lost' | 'open';

/** `votes` may hold answers of members that do not count; they do not. */
export function electionOutcome(voters: readonly string[], votes: ReadonlyMap<string, boolean>): ElectionOutcome {
  if (majorityHolds(voters, (voter) => votes.get(voter) === true)) return 'won';
  const stillPossible = majorityHolds(voters, (voter) => votes.get(voter) !== false);
  return stillPossible ? 'open' : 'lost';
}
