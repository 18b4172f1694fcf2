import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { electionOutcome, majority, majorityHolds, majorityValue } from './quorum.ts';

/** The slow and obvious model: a majority is a subset with more members inside than outside. */
function majoritiesOf(voters: readonly string[]): string[][] {
  let subsets: string[][] = [[]];
  for (const voter of voters) subsets = [...subsets, ...subsets.map((subset) => [...subset, voter])];
  return subsets.filter((subset) => subset.length > voters.length - subset.length);
}

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const configurations = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 7 });
const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Number.POSITIVE_INFINITY)), {
  minLength: 7,
  maxLength: 7,
});
const answers = fc.array(fc.constantFrom(true, false, undefined), { minLength: 7, maxLength: 7 });
const at = <T>(list: readonly T[], name: string): T => list[names.indexOf(name)] as T;

describe('the arithmetic of majorities, compared with all subsets', () => {
  it('finds the largest value that the members of some majority have all reached', () => {
    fc.assert(
      fc.property(configurations, values, (voters, reached) => {
        const floors = majoritiesOf(voters).map((some) => Math.min(...some.map((name) => at(reached, name))));
        expect(majorityValue(voters, (name) => at(reached, name))).toBe(Math.max(0, ...floors));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('says that a majority holds where one of the majorities does', () => {
    fc.assert(
      fc.property(configurations, answers, (voters, answer) => {
        const model = majoritiesOf(voters).some((some) => some.every((name) => at(answer, name) === true));
        expect(majorityHolds(voters, (name) => at(answer, name) === true)).toBe(model);
      }),
      { numRuns: 2_000, seed: 2 },
    );
  });

  it('knows an election as won, lost or open, whoever else has answered', () => {
    fc.assert(
      fc.property(configurations, answers, (voters, answer) => {
        const votes = new Map<string, boolean>();
        for (const name of names) {
          const vote = at(answer, name);
          if (vote !== undefined) votes.set(name, vote);
        }
        const majorities = majoritiesOf(voters);
        const won = majorities.some((some) => some.every((name) => votes.get(name) === true));
        const possible = majorities.some((some) => some.every((name) => votes.get(name) !== false));
        expect(electionOutcome(voters, votes)).toBe(won ? 'won' : possible ? 'open' : 'lost');
      }),
      { numRuns: 2_000, seed: 3 },
    );
  });

  it('makes any two majorities of neighbouring configurations meet (4.1)', () => {
    for (let count = 1; count < 7; count++) {
      const before = names.slice(0, count);
      const after = names.slice(0, count + 1);
      for (const one of majoritiesOf(before)) {
        for (const other of majoritiesOf(after)) expect(one.some((name) => other.includes(name))).toBe(true);
      }
      expect(majority(count) + majority(count + 1)).toBeGreaterThan(count + 1);
    }
  });
});
