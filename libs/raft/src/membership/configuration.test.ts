import { describe, expect, it } from '@jest/globals';
import { raftv1 } from '@orrery/proto';
import fc from 'fast-check';
import { type ConfigurationChange, changed, encodeConfiguration, votersChanged, votersOnly } from './configuration.ts';
import { ConfigurationHistory } from './configuration-history.ts';

const names = ['a', 'b', 'c', 'd'];
const kinds = ['add-learner', 'add-voter', 'promote', 'remove'] as const;
const changes: fc.Arbitrary<ConfigurationChange[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...kinds), member: fc.constantFrom(...names) }),
);

describe('a change of the configuration', () => {
  it('moves at most one voter, keeps somebody who counts, and nobody is two things', () => {
    fc.assert(
      fc.property(changes, (list) => {
        let configuration = votersOnly(['a']);
        for (const change of list) {
          let next: raftv1.Configuration;
          try {
            next = changed(configuration, change, 2);
          } catch (error) {
            expect(error).toMatchObject({ name: 'ConfigurationChangeError', change });
            continue;
          }
          expect(votersChanged(configuration, next)).toBeLessThanOrEqual(1);
          expect(next.voters.length).toBeGreaterThan(0);
          expect(next.learners.length).toBeLessThanOrEqual(2);
          const all = [...next.voters, ...next.learners];
          expect(new Set(all).size).toBe(all.length);
          expect(next.voters).toEqual([...next.voters].sort());
          configuration = next;
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});

describe('the configurations in a log', () => {
  const entry = (index: number, voters: string[]) => ({
    index,
    term: 1,
    type: raftv1.Entry_Type.TYPE_CONFIGURATION,
    data: encodeConfiguration(votersOnly(voters)),
  });

  it('are in force from their entry on, and no longer when that is cut off', () => {
    const history = new ConfigurationHistory(0, votersOnly(['a']));
    history.append(entry(3, ['a', 'b']));
    history.append(entry(5, ['a', 'b', 'c']));
    expect([2, 3, 4, 5, 9].map((index) => history.at(index).voters.length)).toEqual([1, 2, 2, 3, 3]);
    expect(history.currentIndex).toBe(5);
    history.truncateAfter(4);
    expect(history.current.voters).toEqual(['a', 'b']);
    history.truncateAfter(0);
    expect(history.current.voters).toEqual(['a']);
  });

  it('are forgotten except for what is in force at the beginning of the log', () => {
    const history = new ConfigurationHistory(0, votersOnly(['a']));
    history.append(entry(3, ['a', 'b']));
    history.append(entry(5, ['a', 'b', 'c']));
    history.forgetBefore(4);
    expect(history.at(4).voters).toEqual(['a', 'b']);
    expect(() => history.at(2)).toThrow('forgotten');
  });

  it('never differ in more than one voter from one to the next', () => {
    const history = new ConfigurationHistory(0, votersOnly(['a', 'b', 'c']));
    expect(() => history.append(entry(1, ['a', 'd', 'c']))).toThrow('more than one voter');
  });
});
