import { describe, expect, it } from '@jest/globals';
import { counted, emptyTally } from './probe-tally.ts';

describe('probe thresholds', () => {
  it.each([
    ['+', {}, 'success'],
    ['--', {}, 'unknown'],
    ['---', {}, 'failure'],
    ['--+--', {}, 'success'],
    ['+---', {}, 'failure'],
    ['---+', { successThreshold: 2 }, 'failure'],
    ['---++', { successThreshold: 2 }, 'success'],
    ['-', { failureThreshold: 1 }, 'failure'],
  ])('%s with %j is %s', (results, probe, verdict) => {
    const tally = [...results].reduce(
      (sum, result) => counted(sum, result === '+' ? 'success' : 'failure', probe),
      emptyTally,
    );
    expect(tally.verdict).toBe(verdict);
  });
});
