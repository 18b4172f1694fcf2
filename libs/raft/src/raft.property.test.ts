import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@orrery/runtime';
import fc from 'fast-check';
import { RaftWorld } from './testing/raft-world.ts';

const STEPS = 2_000;

/** Random ticks, deliveries out of order, losses, repeats, crashes and writes that take their time. The world checks the promises itself. */
function liveThrough(seed: number, memberCount: number): RaftWorld {
  const random = new SeededRandom(seed);
  const members = ['a', 'b', 'c', 'd', 'e'].slice(0, memberCount);
  const world = new RaftWorld(members, random);
  const anybody = () => members[random.integer(members.length)] as string;
  /** Crashes are frequent and disks slow. */
  const stormy = seed % 2 === 0;
  let proposals = 0;
  /** Whose messages get lost at the moment. */
  let cut = '';

  for (let step = 0; step < STEPS; step++) {
    const id = anybody();
    const { raft } = world.being(id);
    const dice = random.integer(100);
    if (dice < 25) raft.tick();
    else if (dice < 60 && world.network.length > 0) {
      const [message] = world.network.splice(random.integer(Math.min(world.network.length, 6)), 1);
      const lost = message?.from === cut || message?.to === cut || random.integer(20) === 0;
      if (message !== undefined && !lost) world.deliver(message);
      if (message !== undefined && random.integer(30) === 0) world.network.push(message);
    } else if (dice < (stormy ? 65 : 75)) world.finishWrite(id);
    else if (dice < 90 && raft.role === 'leader') raft.propose([Buffer.from(String(++proposals))]);
    else if (dice >= 90 && dice < 95 && raft.leader !== '') raft.readIndex(Buffer.from(String(world.truth.length)));
    else if (dice >= 97 && dice < 99 && random.integer(2) === 0) cut = random.integer(2) === 0 ? '' : anybody();
    else if (dice === 99 || (stormy && dice === 96)) world.crash(id);
    world.drain(id, !stormy && random.integer(3) === 0);
  }
  world.checkLogs();
  // A read sees everything that anybody had applied when it was asked for.
  for (const { reads } of world.beings.values()) {
    for (const { context, index } of reads) expect(index).toBeGreaterThanOrEqual(Number(context));
  }
  return world;
}

/** Afterwards, with nothing going wrong any more, all agree. */
function heal(world: RaftWorld): void {
  for (let tick = 0; tick < 400; tick++) {
    for (const id of world.members) world.being(id).raft.tick();
    for (const id of world.members) world.finishWrite(id);
    world.stabilize();
  }
}

describe('Raft in random histories', () => {
  it.each([
    [1, 20],
    [3, 80],
    [5, 30],
  ])(
    'keeps its promises with %d members in %d histories, and all agree when the trouble ends',
    (memberCount, numRuns) => {
      fc.assert(
        fc.property(fc.integer(), (seed) => {
          const world = liveThrough(seed, memberCount);
          heal(world);
          const applied = [...world.beings.values()].map((being) => being.applied.length);
          expect(new Set(applied).size).toBe(1);
          expect(applied[0]).toBeGreaterThan(0);
        }),
        { numRuns, seed: 7 },
      );
    },
  );

  it('meets elections and commits on its way', () => {
    const worlds = Array.from({ length: 20 }, (_, seed) => liveThrough(seed, 3));
    const commits = worlds.map((world) => world.truth.length);
    const terms = worlds.map((world) => new Set(world.truth.map((entry) => entry.term)).size);
    expect(commits.reduce((a, b) => a + b)).toBeGreaterThan(200);
    expect(terms.reduce((a, b) => a + b)).toBeGreaterThan(40);
    const reads = worlds.flatMap((world) => [...world.beings.values()].flatMap((being) => being.reads));
    expect(reads.length).toBeGreaterThan(20);
  });

  it('is the same history for the same seed', () => {
    const [one, other] = [liveThrough(5, 3), liveThrough(5, 3)];
    expect(one.truth).toEqual(other.truth);
    expect(one.network).toEqual(other.network);
  });
});
