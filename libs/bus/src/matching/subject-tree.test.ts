import { describe, expect, it } from '@jest/globals';
import { subjectMatches } from './subject-matches.ts';
import { SubjectTree } from './subject-tree.ts';

const patterns = ['>', 'a', 'a.>', 'a.*', '*.b', 'a.b', 'a.*.c', 'a.b.>', '*.*.*', 'b'];
const subjects = ['a', 'b', 'a.b', 'a.c', 'c.b', 'a.b.c', 'a.x.c', 'a.b.c.d'];

describe('subject patterns', () => {
  it.each([
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['*.b', 'a.b', true],
    ['>', 'a.b', true],
  ])('%s and %s: %s', (pattern, subject, expected) => {
    expect(subjectMatches(pattern, subject)).toBe(expected);
  });

  it('mean the same to the tree, also after some were removed', () => {
    const tree = new SubjectTree<string>();
    for (const pattern of patterns) tree.add(pattern, pattern);
    const kept = patterns.filter((_, index) => index % 2 === 0);
    const check = (present: readonly string[]): void => {
      for (const subject of subjects) {
        const expected = present.filter((pattern) => subjectMatches(pattern, subject));
        expect(tree.match(subject).sort()).toEqual(expected.sort());
      }
    };
    check(patterns);
    for (const pattern of patterns) if (!kept.includes(pattern)) tree.remove(pattern, pattern);
    check(kept);
  });
});
