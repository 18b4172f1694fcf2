import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SystemTimers } from '@orrery/runtime';
import { rangeOf } from '@orrery/sim';
import { campaignSeed } from './campaign-size.ts';
import { LimitedDisk } from './limited-disk.ts';
import { RecordedLoad } from './recorded-load.ts';
import { StorageProcesses } from './storage-processes.ts';
import { verdictOn } from './verdict.ts';

jest.setTimeout(180_000);

const timers = new SystemTimers();
const seed = campaignSeed();

describe(`storage members whose disks are full (seed ${seed})`, () => {
  const disks = new Map<string, LimitedDisk>();
  let cluster: StorageProcesses;
  let load: RecordedLoad;
  beforeAll(async () => {
    cluster = await StorageProcesses.start({
      prepareFolder: async (member, folder) => {
        const disk = await LimitedDisk.mount(folder);
        disks.set(member, disk);
        return () => disk.unmount();
      },
    });
    load = await RecordedLoad.start(cluster, seed);
  });
  afterAll(async () => {
    load?.stop();
    await cluster?.stop();
  });

  it('go on while a majority has space, whoever led', async () => {
    for (const disk of disks.values()) {
      await load.moreWritten(20);
      disk.fill();
      await load.moreWritten(60);
      disk.free();
    }
  });

  it('take no writes where none has space, answer reads, and go on by themselves when there is space', async () => {
    for (const disk of disks.values()) disk.fill();
    await noMoreWritten();
    const locally = { timeoutMs: 5_000, member: 'storage-2' };
    const read = await load.operator.ask(rangeOf('/registry/', { serializable: true }), locally);
    expect(read.result).toMatchObject({ $case: 'range', value: { kvs: expect.arrayContaining([expect.anything()]) } });
    for (const disk of disks.values()) disk.free();
    await load.moreWritten(20);
  });

  it('come up on full disks once these get space, and have everything', async () => {
    for (const disk of disks.values()) disk.fill();
    await Promise.all([...cluster.members.values()].map((member) => member.kill()));
    await Promise.all([...cluster.members.values()].map((member) => member.start()));
    for (const disk of disks.values()) disk.free();
    await load.moreWritten(20);
    await load.finish();
    expect(await verdictOn(cluster, load)).toMatchObject({ undecided: 0 });
  });

  /** Resolves when nothing has been acknowledged for longer than any request waits: what was allocated before is used up. */
  async function noMoreWritten(): Promise<void> {
    for (let before = -1; before !== load.acknowledged; ) {
      before = load.acknowledged;
      await timers.sleep(3_000);
    }
  }
});
