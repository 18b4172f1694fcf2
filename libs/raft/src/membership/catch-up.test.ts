import { describe, expect, it } from '@jest/globals';
import { CatchUp } from './catch-up.ts';

/** An election timeout of ten ticks. */
function learner() {
  const catchUp = new CatchUp(10);
  return {
    catchUp,
    ticks: (count: number, lastIndex: number, match: number) => {
      for (let n = 0; n < count; n++) catchUp.tick(lastIndex, match);
    },
  };
}

describe('a learner that catches up (4.2.1)', () => {
  it('is in sync when it has everything', () => {
    const { catchUp } = learner();
    expect(catchUp.isInSync(5, 0)).toBe(false);
    catchUp.follow(5, 5);
    expect(catchUp.isInSync(5, 5)).toBe(true);
  });

  it('is in sync while it follows a busy leader in rounds shorter than an election timeout', () => {
    const { catchUp, ticks } = learner();
    ticks(1, 100, 0);
    ticks(8, 150, 60);
    catchUp.follow(180, 100);
    expect(catchUp.isInSync(180, 100)).toBe(true);
  });

  it('is not after a round that took longer', () => {
    const { catchUp, ticks } = learner();
    ticks(1, 100, 0);
    ticks(10, 150, 60);
    catchUp.follow(180, 100);
    expect(catchUp.isInSync(180, 100)).toBe(false);
  });

  it('is no longer when the round under way takes too long', () => {
    const { catchUp, ticks } = learner();
    catchUp.follow(5, 5);
    ticks(9, 6, 5);
    expect(catchUp.isInSync(6, 5)).toBe(true);
    ticks(1, 6, 5);
    expect(catchUp.isInSync(6, 5)).toBe(false);
  });
});
