import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SeededRandom, SystemTimers } from '@orrery/runtime';
import { campaignSeed, faultsCount } from './campaign-size.ts';
import type { Member } from './member.ts';
import { RecordedLoad } from './recorded-load.ts';
import { StorageProcesses } from './storage-processes.ts';
import { verdictOn } from './verdict.ts';

jest.setTimeout(1_200_000);

const timers = new SystemTimers();
const seed = campaignSeed();
/** Writes between two blows. */
const writesMax = 12;
/** Between the last write that was counted and the blow, so that it falls on any part of a write's or a start's way. */
const delayMaxMs = 40;

describe(`three storage members under load, killed ${faultsCount} times: one of them, or all at once (seed ${seed})`, () => {
  let cluster: StorageProcesses;
  let load: RecordedLoad;
  beforeAll(async () => {
    cluster = await StorageProcesses.start();
    load = await RecordedLoad.start(cluster, seed);
  });
  afterAll(async () => {
    load?.stop();
    await cluster?.stop();
  });

  it('lose no acknowledged write, and tell every client one history', async () => {
    const random = new SeededRandom(`${seed}/kills`);
    const members = [...cluster.members.values()];
    const counts = { one: 0, all: 0 };
    for (let kill = 1; kill <= faultsCount; kill++) {
      await load.moreWritten(1 + random.integer(writesMax));
      await timers.sleep(random.next() * delayMaxMs);
      // The first two are not left to chance.
      const isAll = kill === 2 || (kill > 2 && random.next() < 0.25);
      counts[isAll ? 'all' : 'one']++;
      await killAndStart(isAll ? members : members.slice(random.integer(members.length)).slice(0, 1), load);
    }
    await load.finish();
    const verdict = await verdictOn(cluster, load);
    process.stderr.write(`${JSON.stringify({ seed, killed: counts, ...verdict })}\n`);
    expect(members.reduce((sum, { lives }) => sum + lives, 0)).toBe(members.length * (1 + counts.all) + counts.one);
    expect(verdict.acknowledged).toBeGreaterThan(faultsCount);
    expect(verdict.undecided).toBe(0);
  });
});

/** They start again while the clients go on: the next blow may come before they have read their folders. */
async function killAndStart(victims: readonly Member[], load: RecordedLoad): Promise<void> {
  load.story.tell('kill', victims.map(({ name }) => name).join(', '));
  await Promise.all(victims.map((member) => member.kill()));
  for (const member of victims) member.start().catch((error: unknown) => load.fail(error));
}
