import { randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SAFETY_MS } from '../storage/storage-scenario.ts';
import type { SeedReport } from './seed-report.ts';
import { runCampaign } from './seed-workers.driver.ts';
import { simulateStorage } from './simulate-storage.ts';

/** Each run takes other seeds, unless told which: `SIM_FROM=123 SIM_SEEDS=5`. */
const from = Number(process.env.SIM_FROM ?? randomInt(1, 1_000_000_000));
const count = Number(process.env.SIM_SEEDS ?? 100);
const JOBS = 2;
const PATIENCE_MS = 15 * 60_000;

async function lived(seeds: readonly number[], safetyMs: number): Promise<SeedReport[]> {
  const reports: SeedReport[] = [];
  await runCampaign({ seeds, safetyMs, jobs: 1, stopAtFailure: false, report: (report) => reports.push(report) });
  return reports;
}

describe('the simulated storage cluster', () => {
  it(
    'lives the same history with the same seed, and another one with another',
    async () => {
      const [one, again, other] = [await lived([7], 60_000), await lived([7], 60_000), await lived([8], 60_000)];
      expect(one[0]?.violation).toBeUndefined();
      expect(one[0]?.operations).toBeGreaterThan(20);
      expect(again[0]?.digest).toBe(one[0]?.digest);
      expect(other[0]?.digest).not.toBe(one[0]?.digest);
    },
    PATIENCE_MS,
  );

  it(
    `keeps its promises with the seeds ${from} to ${from + count - 1}`,
    async () => {
      const said: string[] = [];
      const isFine = await simulateStorage({
        from,
        count,
        safetyMs: SAFETY_MS,
        jobs: JOBS,
        linesMax: 60,
        tellStory: false,
        mutation: undefined,
        allMutations: false,
        say: (line) => said.push(line),
      });
      expect(isFine ? '' : said.join('\n')).toBe('');
    },
    PATIENCE_MS,
  );
});
