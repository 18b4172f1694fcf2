import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { rangeOf } from '@orrery/sim';
import { campaignSeed } from './campaign-size.ts';
import { leaderOf } from './leader.ts';
import { RecordedLoad } from './recorded-load.ts';
import { StorageProcesses } from './storage-processes.ts';
import type { Direction } from './test-network.ts';
import { verdictOn } from './verdict.ts';

jest.setTimeout(180_000);

const seed = campaignSeed();
/** Longer than a member waits for a majority. */
const timeoutMs = 4_000;

describe(`a leader that loses the broker but not its clients (seed ${seed})`, () => {
  let cluster: StorageProcesses;
  let load: RecordedLoad;
  beforeAll(async () => {
    cluster = await StorageProcesses.start({ namespaces: true });
    load = await RecordedLoad.start(cluster, seed);
    await load.moreWritten(20);
  });
  afterAll(async () => {
    load?.stop();
    await cluster?.stop();
  });

  it.each<{ direction: Direction; hears: string }>([
    { direction: 'both', hears: 'neither hears the others nor is heard' },
    { direction: 'in', hears: 'is heard but hears nobody' },
    { direction: 'out', hears: 'hears the others but is not heard' },
  ])('answers no read that could be old where it $hears, and the others go on', async ({ direction }) => {
    const leader = await leaderOf(cluster);
    await cluster.network.cut(leader, 'broker', direction);
    load.story.tell('cut', `${leader}, which led, from the broker: ${direction}`);
    await load.moreWritten(15);
    const everything = rangeOf('/registry/');
    const read = await load.operator.ask(everything, { member: leader, timeoutMs });
    expect(read.result).toBeUndefined();
    const local = await load.operator.ask(rangeOf('/registry/', { serializable: true }), { member: leader, timeoutMs });
    expect(local.result).toMatchObject({ $case: 'range' });
    await cluster.network.heal(leader);
    while ((await load.operator.ask(everything, { member: leader, timeoutMs })).result === undefined)
      await load.moreWritten(1);
  });

  it('tells one history in the end', async () => {
    await load.finish();
    expect(await verdictOn(cluster, load)).toMatchObject({ undecided: 0 });
  });
});
