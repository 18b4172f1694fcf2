import { expect, it } from '@jest/globals';
import { simulateStorage } from '../campaign/simulate-storage.ts';
import { MUTATIONS } from './mutations.ts';

/** Enough for most bugs to show; a seed costs less than half of what one with ten minutes does. */
const SAFETY_MS = 4 * 60_000;
const SEEDS_MAX = 200;
const PATIENCE_MS = 30 * 60_000;

it(
  `each of ${MUTATIONS.length} bugs is found within ${SEEDS_MAX} seeds`,
  async () => {
    const said: string[] = [];
    const isEachFound = await simulateStorage({
      from: 1,
      count: SEEDS_MAX,
      safetyMs: SAFETY_MS,
      jobs: 2,
      linesMax: 0,
      tellStory: false,
      mutation: undefined,
      allMutations: true,
      say: (line) => said.push(line),
    });
    expect(isEachFound ? '' : said.join('\n')).toBe('');
  },
  PATIENCE_MS,
);
