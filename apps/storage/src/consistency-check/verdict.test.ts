import { describe, expect, it } from '@jest/globals';
import { corruptMembers, type MemberHash } from './verdict.ts';

const hashes = (...all: [string, number, number?, number?][]): MemberHash[] =>
  all.map(([member, hash, compactRevision = 3, hashRevision = 9]) => ({
    member,
    answer: { hash, compactRevision, hashRevision },
  }));

describe('the verdict on members', () => {
  it.each([
    ['nobody, where all agree', hashes(['a', 1], ['b', 1], ['c', 1]), []],
    ['the one that differs', hashes(['a', 1], ['b', 2], ['c', 1]), ['b']],
    ['the judge itself, where the others agree', hashes(['a', 1], ['b', 2], ['c', 2]), ['a']],
    ['the other, where there are two', hashes(['a', 1], ['b', 2]), ['b']],
    ['all that differ from the judge, where all differ', hashes(['a', 1], ['b', 2], ['c', 3]), ['b', 'c']],
    ['nobody that was compacted elsewhere', hashes(['a', 1], ['b', 2, 4], ['c', 1]), []],
    ['nobody that was asked at another revision', hashes(['a', 1], ['b', 2, 3, 8]), []],
    ['nobody, where the judge has no hash', hashes(['b', 1], ['c', 2]), []],
  ])('names %s', (_, given, expected) => {
    expect(corruptMembers('a', given)).toEqual(expected);
  });
});
