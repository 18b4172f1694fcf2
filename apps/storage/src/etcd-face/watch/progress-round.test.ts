import { describe, expect, it } from '@jest/globals';
import { ProgressRound } from './progress-round.ts';

describe('the question how far a stream is', () => {
  const round = (watches: string[]) => {
    const answers: number[] = [];
    return { answers, round: new ProgressRound(watches, 10, (revision) => answers.push(revision)) };
  };

  it('is answered at once where nobody watches', () => {
    expect(round([]).answers).toEqual([10]);
  });

  it('waits for every watch, and promises no more than the slowest', () => {
    const { round: asked, answers } = round(['a', 'b']);
    asked.reached('a', 12);
    asked.reached('a', 13);
    expect(answers).toEqual([]);
    asked.reached('b', 9);
    expect(answers).toEqual([9]);
  });

  it('waits no longer for a watch that is over', () => {
    const { round: asked, answers } = round(['a', 'b']);
    asked.reached('a', 10);
    asked.without('b');
    asked.without('b');
    expect(answers).toEqual([10]);
  });
});
