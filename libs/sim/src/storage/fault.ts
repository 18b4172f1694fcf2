import type { Milliseconds, Random } from '@orrery/runtime';
import type { StorageMachine } from './storage-machine.ts';
import type { StorageWorld } from './storage-world.ts';

/** One kind of misfortune. */
export interface Fault {
  readonly kind: string;
  /** While it lasts nothing else goes wrong: a story of several steps that has to come out as it was meant. */
  readonly alone?: true;
  /** Does it, undoes it in its own time, and says so in the story. */
  strike(world: StorageWorld, random: Random): Promise<void> | void;
}

export const between = (random: Random, least: Milliseconds, most: Milliseconds): Milliseconds =>
  least + random.next() * (most - least);

export function someMachine(world: StorageWorld, random: Random): StorageMachine {
  const machines = [...world.machines.values()];
  const machine = machines[random.integer(machines.length)];
  if (machine === undefined) throw new Error('there are no machines');
  return machine;
}

/** The machine that most members take for the leader; any, where there is none. */
export function leadingMachine(world: StorageWorld, random: Random): StorageMachine {
  const leaders = [...world.machines.values()].flatMap(({ member }) => (member?.leader ? [member.leader] : []));
  const machine = world.machines.get(leaders[random.integer(Math.max(1, leaders.length))] ?? '');
  return machine ?? someMachine(world, random);
}

export async function downFor(
  world: StorageWorld,
  machines: readonly StorageMachine[],
  ms: Milliseconds,
  power: boolean,
) {
  for (const machine of machines) machine.kill({ power });
  await world.time.sleep(ms);
  for (const machine of machines) machine.start();
}

/** Cuts every link from the first machines to the second ones. */
export function cutLinks(world: StorageWorld, from: readonly string[], to: readonly string[]): void {
  for (const a of from) for (const b of to) if (a !== b) world.network.cut(a, b);
}

/** Two sides, the first never empty. */
export function sides(world: StorageWorld, random: Random): [string[], string[]] {
  const names = [...world.memberNames];
  const first = names.splice(random.integer(names.length), 1);
  const count = random.integer(Math.max(1, names.length - 1));
  for (let at = 0; at < count; at++) first.push(...names.splice(random.integer(names.length), 1));
  return [first, names];
}
