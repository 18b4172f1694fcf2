import type { Milliseconds, Random } from '@orrery/runtime';
import { between, cutLinks, type Fault, leadingMachine } from './fault.ts';
import type { StorageMachine } from './storage-machine.ts';
import type { StorageWorld } from './storage-world.ts';

/** Longer than an election takes, with members that are a little behind. */
const ELECTION_MS = 15_000;
/** As many times as slow, a disk takes longer than a message there and back. */
const VERY_SLOW = 150;
/** An entry is on the disk of who got it, when it works as it should. */
const WRITTEN_MS: Milliseconds = 25;

/**
 * Stories that chance seldom tells, because several things have to go wrong in one order. Each is one that Raft's papers tell about a rule; which
 * members play in it and how long each step takes is the seed's.
 */
export const HARD_CASES: readonly Fault[] = [
  { kind: 'old-entry-returns', alone: true, strike: (world, random) => told(world, oldEntryReturns(world, random)) },
  { kind: 'answered-then-dead', alone: true, strike: (world, random) => told(world, answeredThenDead(world, random)) },
];

/** However it ends, everybody is there again. */
async function told(world: StorageWorld, story: Promise<void>): Promise<void> {
  try {
    await story;
  } finally {
    world.network.heal();
    for (const machine of world.machines.values()) {
      machine.disk.slowness = 1;
      machine.start();
    }
  }
}

/**
 * Figure 3.7 of the dissertation (figure 8 of the paper): a leader writes an entry that nobody else gets; another one writes a different entry in its
 * place, that nobody else gets; the first leads again, brings its old entry to a majority, and dies before an entry of its new term is safe. The
 * second is elected with what it has.
 */
async function oldEntryReturns(world: StorageWorld, random: Random): Promise<void> {
  const first = leadingMachine(world, random);
  world.story.tell('fault', `an entry of ${first.name} is to come back in a later term`);
  await writeAlone(world, first, random);
  const second = await leaderOtherThan(world, first);
  if (second === undefined) return;
  await writeAlone(world, second, random);

  // As many of the others as a majority needs help the first one; the rest see nothing of it.
  const others = [...world.machines.values()].filter((machine) => machine !== first && machine !== second);
  const helpers = others.splice(0, Math.floor(world.machines.size / 2));
  for (const machine of others) machine.kill({ power: true });
  first.disk.slowness = VERY_SLOW;
  first.start();
  if ((await world.nextLeader(ELECTION_MS)) !== first.name) return;
  await world.time.sleep(between(random, 8, 40));
  for (const machine of [first, ...helpers]) machine.kill({ power: true });

  first.disk.slowness = 1;
  for (const machine of [first, second, ...others]) machine.start();
  await world.nextLeader(ELECTION_MS);
  await world.time.sleep(between(random, 20, 500));
}

/** What that leader is asked for gets onto its own disk and to nobody else; then it dies. */
async function writeAlone(world: StorageWorld, leader: StorageMachine, random: Random): Promise<void> {
  cutLinks(world, [leader.name], world.memberNames);
  askAll(world, random);
  await world.time.sleep(between(random, WRITTEN_MS, 3 * WRITTEN_MS));
  leader.kill({ power: true });
  world.network.heal();
}

async function leaderOtherThan(world: StorageWorld, machine: StorageMachine): Promise<StorageMachine | undefined> {
  const name = await world.nextLeader(ELECTION_MS);
  return name === machine.name ? undefined : world.machines.get(name ?? '');
}

/**
 * A leader answers and dies before anybody knows that the entry is committed. The next one has the entry, but does not know either, and its first own
 * entry takes its time: who reads meanwhile must wait for it (6.4).
 */
async function answeredThenDead(world: StorageWorld, random: Random): Promise<void> {
  const leader = leadingMachine(world, random);
  const others = world.memberNames.filter((name) => name !== leader.name);
  world.story.tell('fault', `${leader.name} is to die once it has answered`);
  world.network.slow(leader.name, others, between(random, 50, 300));
  const [client] = world.clients;
  const group = `g${random.integer(world.scenario.groups)}`;
  if (client === undefined || !(await client.write(group))) return;
  cutLinks(world, [leader.name], others);
  leader.kill({ power: true });
  for (const machine of world.machines.values()) machine.disk.slowness = VERY_SLOW;
  if ((await world.nextLeader(ELECTION_MS)) === undefined) return;
  for (const each of world.clients) void each.read(group).catch((error: unknown) => world.fail(error));
  await world.time.sleep(between(random, 100, 2_000));
}

function askAll(world: StorageWorld, random: Random): void {
  for (const client of world.clients) {
    void client.write(`g${random.integer(world.scenario.groups)}`).catch((error: unknown) => world.fail(error));
  }
}
