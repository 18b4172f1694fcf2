import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { rangeOf } from '@orrery/sim';
import { campaignSeed } from './campaign-size.ts';
import { RecordedLoad } from './recorded-load.ts';
import { StorageProcesses } from './storage-processes.ts';
import { verdictOn } from './verdict.ts';

jest.setTimeout(120_000);

const seed = campaignSeed();

/** What the other tests of this folder would say if storage broke its promises. */
describe(`the verdict on a storage cluster (seed ${seed})`, () => {
  let cluster: StorageProcesses;
  let load: RecordedLoad;
  beforeAll(async () => {
    cluster = await StorageProcesses.start();
    load = await RecordedLoad.start(cluster, seed);
    await load.moreWritten(50);
    await load.finish();
  });
  afterAll(async () => {
    load?.stop();
    await cluster?.stop();
  });

  const verdict = () => verdictOn(cluster, load, { patienceMs: 15_000 });

  it('is good where nothing happened', async () => {
    expect(await verdict()).toMatchObject({ undecided: 0 });
  });

  it('is bad where a write was acknowledged that is not there', async () => {
    const { operations } = load.log;
    const at = operations.findIndex(({ output }) => output?.kind === 'txn' && output.succeeded);
    const real = operations[at];
    if (real?.input.kind !== 'txn') throw new Error('nothing was written');
    const writes = real.input.writes.map(({ key }) => ({ key, value: 'never.a' }));
    operations[at] = { ...real, input: { ...real.input, writes } };
    await expect(verdict()).rejects.toMatchObject({ rule: 'acknowledged writes stay' });
    operations[at] = real;
  });

  it('is bad where a read shows something older than the read before it', async () => {
    const { operations } = load.log;
    const reads = operations.filter(
      ({ output, serializable, atRevision }) => output?.kind === 'read' && !serializable && atRevision === 0,
    );
    const last = reads.at(-1);
    const first = reads.find(({ revision }) => revision < (last?.revision ?? 0));
    if (first === undefined || last === undefined) throw new Error('too little was read');
    const at = operations.indexOf(last);
    operations[at] = { ...first, calledAt: last.calledAt, returnedAt: last.returnedAt };
    await expect(verdict()).rejects.toMatchObject({ rule: 'no answer is older than one before' });
    operations[at] = last;
  });

  it('is bad where the disks of a majority have lost everything', async () => {
    expect(await verdict()).toMatchObject({ undecided: 0 });
    const [survivor, ...others] = cluster.members.values();
    await Promise.all([...cluster.members.values()].map((member) => member.kill()));
    for (const { folder } of others) rmSync(folder, { recursive: true });
    await Promise.all(others.map((member) => member.start()));
    // They must have begun anew before the one comes that knows better.
    const anything = rangeOf('/registry/');
    while ((await load.operator.ask(anything, { timeoutMs: 1_000 })).result === undefined);
    await survivor?.start();
    await expect(verdict()).rejects.toMatchObject({ name: 'Violation' });
  });
});
