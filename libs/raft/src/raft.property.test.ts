import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { RaftWorld } from './testing/raft-world.ts';
import { heal, RandomHistory, type Weather } from './testing/random-history.ts';

/** A search takes a few seconds, on a machine with other work some more. */
jest.setTimeout(120_000);

const STEPS = 3_000;
/** `RAFT_HISTORIES=100` searches a hundred times as long, elsewhere than usual. */
const EFFORT = Number(process.env.RAFT_HISTORIES ?? 1);

/** A read sees everything that anybody had applied when it was asked for. */
function checkReads(world: RaftWorld): void {
  for (const { reads } of world.beings.values()) {
    for (const { context, index } of reads) expect(index).toBeGreaterThanOrEqual(Number(context));
  }
}

/** Afterwards, with nothing going wrong any more, the members agree and can go on. */
function checkAgreement(world: RaftWorld): void {
  const members = heal(world);
  const leader = members.map((id) => world.being(id).raft).find(({ role }) => role === 'leader');
  expect(leader).toBeDefined();
  leader?.propose([Buffer.from('the end')]);
  world.stabilize();
  const logs = new Set(members.map((id) => world.being(id).applied.length));
  expect([...logs]).toEqual([world.truth.length]);
  expect(world.truth.at(-1)).toContain('the end');
}

function search(weather: Omit<Weather, 'seed' | 'steps'>, numRuns: number): void {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { world } = new RandomHistory({ ...weather, seed, steps: STEPS }).live();
      checkReads(world);
      checkAgreement(world);
    }),
    { numRuns: numRuns * EFFORT, seed: 6 + EFFORT },
  );
}

describe('Raft in random histories', () => {
  it.each([
    [1, 10],
    [3, 40],
    [5, 20],
  ])(
    'keeps its promises with %d members in %d histories, and all agree when the trouble ends',
    (memberCount, numRuns) => {
      search({ memberCount, changes: false, snapshots: false }, numRuns);
    },
  );

  it.each([
    [1, 10],
    [3, 30],
    [5, 15],
  ])('keeps them with %d members that also take snapshots', (memberCount, numRuns) => {
    search({ memberCount, changes: false, snapshots: true }, numRuns);
  });

  it.each([
    [1, 20],
    [3, 30],
    [5, 15],
  ])('keeps them with %d members at first, who come and go', (memberCount, numRuns) => {
    search({ memberCount, changes: true, snapshots: false }, numRuns);
    search({ memberCount, changes: true, snapshots: true }, numRuns);
  });

  it.each([
    [1, 10],
    [3, 30],
    [5, 20],
  ])(
    'keeps them with %d members at first, who lose their disks and come back under their names',
    (memberCount, numRuns) => {
      search({ memberCount, changes: true, snapshots: false, returns: true }, numRuns);
      search({ memberCount, changes: true, snapshots: true, returns: true }, numRuns);
    },
  );

  it('meets everything on its way', () => {
    const histories = Array.from({ length: 20 }, (_, seed) =>
      new RandomHistory({ seed, memberCount: 3, steps: STEPS, changes: seed % 2 === 0, snapshots: true }).live(),
    );
    const sum = (count: (history: (typeof histories)[number]) => number) =>
      histories.reduce((total, history) => total + count(history), 0);
    expect(sum(({ world }) => world.truth.length)).toBeGreaterThan(200);
    expect(sum(({ world }) => new Set(world.truth.map((line) => line.split(' ')[0])).size)).toBeGreaterThan(40);
    const beings = ({ world }: (typeof histories)[number]) => [...world.beings.values()];
    expect(sum((history) => beings(history).reduce((reads, being) => reads + being.reads.length, 0))).toBeGreaterThan(
      20,
    );
    expect(sum(({ begun }) => begun.change)).toBeGreaterThan(25);
    expect(sum(({ begun }) => begun.transfer)).toBeGreaterThan(5);
    expect(sum(({ begun }) => begun.crash)).toBeGreaterThan(50);
    expect(sum(({ world }) => world.snapshotsInstalled)).toBeGreaterThan(10);
    expect(sum(({ world }) => world.truth.filter((line) => line.includes('=')).length)).toBeGreaterThan(20);
  });

  it('is the same history for the same seed', () => {
    const weather = { seed: 7, memberCount: 3, steps: STEPS, changes: true, snapshots: true };
    const [one, other] = [new RandomHistory(weather).live().world, new RandomHistory(weather).live().world];
    expect(one.truth).toEqual(other.truth);
    expect(one.network).toEqual(other.network);
    expect(one.truth.length).toBeGreaterThan(10);
  });
});
