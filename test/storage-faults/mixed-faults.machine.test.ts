import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SeededRandom, SystemTimers } from '@orrery/runtime';
import { campaignSeed, faultsCount } from './campaign-size.ts';
import { type Fault, type FaultScene, faults } from './faults.ts';
import { LimitedDisk } from './limited-disk.ts';
import { RecordedLoad } from './recorded-load.ts';
import { StorageProcesses } from './storage-processes.ts';
import { verdictOn } from './verdict.ts';

jest.setTimeout(900_000);

const timers = new SystemTimers();
const seed = campaignSeed();
/** Two faults may be there at once. */
const atOnceMax = 2;

describe(`three storage members in network namespaces and a broker, harmed ${faultsCount} times in nine ways (seed ${seed})`, () => {
  const limitedDisks = new Map<string, LimitedDisk>();
  let cluster: StorageProcesses;
  let load: RecordedLoad;
  beforeAll(async () => {
    cluster = await StorageProcesses.start({
      namespaces: true,
      prepareFolder: async (member, folder) => {
        if (member === 'storage-1') return undefined;
        const disk = await LimitedDisk.mount(folder);
        limitedDisks.set(member, disk);
        return () => disk.unmount();
      },
    });
    load = await RecordedLoad.start(cluster, seed);
  });
  afterAll(async () => {
    load?.stop();
    await cluster?.stop();
  });

  it('lose no acknowledged write, and tell every client one history', async () => {
    const random = new SeededRandom(`${seed}/faults`);
    const tell = (what: string): void => load.story.tell('fault', what);
    const scene: FaultScene = { cluster, limitedDisks, timers, tell };
    const underWay = new Map<Fault, Promise<void>>();
    for (let count = 1; count <= faultsCount; count++) {
      await load.moreWritten(1 + random.integer(20));
      const fault = faults[random.integer(faults.length)];
      if (fault === undefined || underWay.has(fault)) continue;
      const strike = fault.strike(scene, random).then(
        () => void underWay.delete(fault),
        (error: unknown) => load.fail(error),
      );
      underWay.set(fault, strike);
      if (underWay.size >= atOnceMax || random.next() < 0.6) await strike;
    }
    await Promise.all(underWay.values());
    tell('no more');
    await load.finish();
    const verdict = await verdictOn(cluster, load);
    process.stderr.write(`${JSON.stringify({ seed, faults: faultsCount, ...verdict })}\n`);
    expect(verdict.acknowledged).toBeGreaterThan(faultsCount);
    expect(verdict.undecided).toBe(0);
  });
});
