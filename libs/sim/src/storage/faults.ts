import type { Random } from '@orrery/runtime';
import { BROKER } from '../network/broker-node.ts';
import { CALM } from '../network/link-weather.ts';
import { between, cutLinks, downFor, type Fault, leadingMachine, sides, someMachine } from './fault.ts';
import { HARD_CASES } from './hard-cases.ts';
import { grow, rebuild } from './membership.ts';
import type { StorageWorld } from './storage-world.ts';

/**
 * The next leader loses power while its first entry is on no disk but its own, or on those of others only: the seeds of Raft's hardest cases (figure
 * 3.7 of the dissertation).
 */
async function shortTerm(world: StorageWorld, random: Random): Promise<void> {
  const machine = world.machines.get((await world.nextLeader(5_000)) ?? '');
  if (machine === undefined) {
    for (const each of world.machines.values()) each.start();
    return;
  }
  const others = world.memberNames.filter((name) => name !== machine.name);
  const isMute = random.next() < 0.5;
  if (isMute) cutLinks(world, [machine.name], others);
  else machine.disk.slowness = 150;
  await world.time.sleep(between(random, 5, 150));
  if (isMute) world.network.heal();
  machine.disk.slowness = 1;
  const another = random.next() < 0.4 ? someMachine(world, random) : machine;
  for (const victim of new Set([machine, another])) {
    void downFor(world, [victim], between(random, 50, 4_000), true);
  }
}

/** A disk may go where the others hold everything that it held. */
function canLoseOne(world: StorageWorld): boolean {
  return world.machines.size >= 3 && world.rebuilding.size === 0;
}

export const FAULTS: readonly Fault[] = [
  ...HARD_CASES,
  {
    kind: 'kill',
    async strike(world, random) {
      const machine = random.next() < 0.5 ? leadingMachine(world, random) : someMachine(world, random);
      const power = random.next() < 0.6;
      world.story.tell('fault', `${power ? 'power cut' : 'kill -9'} of ${machine.name}`);
      await downFor(world, [machine], between(random, 50, 15_000), power);
    },
  },
  {
    kind: 'kill-all',
    async strike(world, random) {
      const power = random.next() < 0.8;
      world.story.tell('fault', power ? 'power cut everywhere' : 'kill -9 of all');
      await downFor(world, [...world.machines.values()], between(random, 50, 3_000), power);
    },
  },
  {
    kind: 'kill-some-at-once',
    async strike(world, random) {
      const [victims] = sides(world, random);
      world.story.tell('fault', `power cut of ${victims.join(', ')}`);
      const machines = victims.flatMap((name) => world.machines.get(name) ?? []);
      await downFor(world, machines, between(random, 50, 10_000), true);
    },
  },
  {
    kind: 'short-terms',
    async strike(world, random) {
      world.story.tell('fault', 'leaders die young');
      const end = world.time.monotonic() + between(random, 10_000, 60_000);
      while (world.time.monotonic() < end) await shortTerm(world, random);
      for (const machine of world.machines.values()) {
        machine.disk.slowness = 1;
        machine.start();
      }
    },
  },
  {
    kind: 'restart',
    async strike(world, random) {
      const machine = someMachine(world, random);
      world.story.tell('fault', `restart of ${machine.name}`);
      await machine.stop({ handOver: random.next() < 0.5 });
      await world.time.sleep(between(random, 10, 2_000));
      machine.start();
    },
  },
  {
    kind: 'pause',
    async strike(world, random) {
      const machine = random.next() < 0.6 ? leadingMachine(world, random) : someMachine(world, random);
      const ms = between(random, 100, 12_000);
      world.story.tell('fault', `${machine.name} pauses for ${Math.round(ms)} ms`);
      machine.pause();
      await world.time.sleep(ms);
      machine.resume();
    },
  },
  {
    kind: 'partition',
    async strike(world, random) {
      const [first, second] = sides(world, random);
      world.story.tell('fault', `partition: ${first.join(', ')} | ${second.join(', ')}`);
      cutLinks(world, first, second);
      cutLinks(world, second, first);
      await world.time.sleep(between(random, 500, 20_000));
      world.network.heal();
    },
  },
  {
    kind: 'leader-alone',
    async strike(world, random) {
      const { name } = leadingMachine(world, random);
      const withBroker = random.next() < 0.5;
      world.story.tell('fault', `${name} is cut off from the other members${withBroker ? ' and the broker' : ''}`);
      const others = withBroker ? [...world.memberNames, BROKER] : world.memberNames;
      cutLinks(world, [name], others);
      cutLinks(world, others, [name]);
      await world.time.sleep(between(random, 500, 20_000));
      world.network.heal();
    },
  },
  {
    kind: 'one-way-cut',
    async strike(world, random) {
      const [first, second] = sides(world, random);
      world.story.tell('fault', `nothing gets from ${first.join(', ')} to ${second.join(', ')}`);
      cutLinks(world, first, second);
      await world.time.sleep(between(random, 500, 20_000));
      world.network.heal();
    },
  },
  {
    kind: 'storm',
    async strike(world, random) {
      world.network.weather = {
        delayMs: between(random, 0.5, 20),
        jitterMs: between(random, 1, 300),
        tailChance: random.next() * 0.1,
        tailMs: between(random, 100, 5_000),
        lossChance: random.next() * 0.3,
        duplicateChance: random.next() * 0.3,
      };
      const { lossChance, duplicateChance, jitterMs } = world.network.weather;
      const percent = (chance: number): string => `${Math.round(100 * chance)} %`;
      const facts = `${percent(lossChance)} lost, ${percent(duplicateChance)} twice, ${Math.round(jitterMs)} ms jitter`;
      world.story.tell('fault', `stormy network: ${facts}`);
      await world.time.sleep(between(random, 2_000, 30_000));
      world.network.weather = CALM;
    },
  },
  {
    kind: 'broker-crash',
    async strike(world, random) {
      if (!world.network.brokerIsUp) return;
      const lost = random.next() < 0.5 ? 0 : random.integer(60);
      world.story.tell('fault', `the broker crashes and loses up to ${lost} entries of the log`);
      if (lost > 0) world.brokerLostEntries = true;
      world.network.crashBroker(lost);
      await world.time.sleep(between(random, 100, 8_000));
      world.network.startBroker();
    },
  },
  {
    kind: 'slow-disk',
    async strike(world, random) {
      const { name, disk } = random.next() < 0.5 ? leadingMachine(world, random) : someMachine(world, random);
      disk.slowness = between(random, 10, 600);
      world.story.tell('fault', `the disk of ${name} is ${Math.round(disk.slowness)} times as slow`);
      await world.time.sleep(between(random, 2_000, 20_000));
      disk.slowness = 1;
    },
  },
  {
    kind: 'sync-error',
    strike(world, random) {
      const { name, disk } = someMachine(world, random);
      disk.syncFailure = random.next() < 0.5 ? 'once' : 'always';
      world.story.tell('fault', `the disk of ${name} fails to sync ${disk.syncFailure}`);
    },
  },
  {
    kind: 'full-disk',
    async strike(world, random) {
      const { name, disk } = someMachine(world, random);
      disk.limit(random.integer(4_000));
      world.story.tell('fault', `the disk of ${name} is nearly full`);
      await world.time.sleep(between(random, 2_000, 20_000));
      disk.limit(undefined);
    },
  },
  {
    kind: 'clock-jump',
    strike(world, random) {
      const { name, clock } = someMachine(world, random);
      const ms = Math.round(between(random, -1, 1) * (random.next() < 0.5 ? 60_000 : 86_400_000));
      clock.setOffset(ms);
      world.story.tell('fault', `the wall clock of ${name} is now ${ms} ms off`);
    },
  },
  {
    kind: 'rot',
    async strike(world, random) {
      const machine = world.machines.get(world.scenario.rottenMachine);
      if (machine === undefined || machine.isRotten || !canLoseOne(world)) return;
      machine.kill({ power: true });
      const damage = machine.disk.rot();
      if (damage !== undefined) machine.isRotten = true;
      world.story.tell(
        'fault',
        `the disk of ${machine.name} rots: ${damage?.path ?? 'nothing'} at ${damage?.offset ?? 0}`,
      );
      await world.time.sleep(between(random, 100, 3_000));
      machine.start();
    },
  },
  {
    kind: 'replace-member',
    async strike(world, random) {
      const machine = random.next() < 0.3 ? leadingMachine(world, random) : someMachine(world, random);
      if (!canLoseOne(world) || [...world.machines.values()].some(({ isRotten }) => isRotten)) return;
      await rebuild(world, machine);
    },
  },
  {
    kind: 'grow',
    async strike(world) {
      if (world.machines.size < world.scenario.machinesMax) await grow(world);
    },
  },
  {
    kind: 'move-leader',
    async strike(world, random) {
      const { name } = someMachine(world, random);
      const { result } = await world.operator.ask(
        { $case: 'moveLeader', value: { target: name } },
        { timeoutMs: 4_000 },
      );
      const outcome = result?.$case === 'error' ? result.value.message : (result?.$case ?? 'no answer');
      world.story.tell('operator', `moves the leadership to ${name} → ${outcome}`);
    },
  },
  {
    kind: 'log-deleted',
    strike(world, random) {
      const emptied = random.next() < 0.5;
      world.brokerLostEntries = true;
      world.network.loseLog(world.subjects.registryLog(), emptied ? 'purged' : 'deleted');
      world.story.tell('fault', `the registry log is ${emptied ? 'purged' : 'deleted'} by hand`);
    },
  },
  {
    kind: 'compact',
    async strike(world, random) {
      const { revision } = await world.operator.ask({ $case: 'status', value: {} }, { timeoutMs: 2_000 });
      const value = { revision: Math.max(1, revision - random.integer(30)) };
      const { result } = await world.operator.ask({ $case: 'compact', value }, { timeoutMs: 4_000 });
      const outcome = result?.$case === 'error' ? result.value.message : (result?.$case ?? 'no answer');
      world.story.tell('operator', `compacts up to ${value.revision} → ${outcome}`);
      if (result?.$case !== 'compact') return;
      // The oldest state that stays readable, once what lies before it has been freed.
      await world.time.sleep(1_000);
      for (let at = 0; at < world.scenario.groups; at++) await world.clients[0]?.readAt(`g${at}`, value.revision);
    },
  },
];

/** Everything works again. */
export function healAll(world: StorageWorld): void {
  world.network.heal();
  world.network.weather = CALM;
  world.network.startBroker();
  for (const machine of world.machines.values()) {
    machine.disk.slowness = 1;
    machine.disk.syncFailure = 'none';
    machine.disk.limit(undefined);
    machine.resume();
    machine.start();
  }
}
