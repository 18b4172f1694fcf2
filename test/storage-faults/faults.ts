import type { Milliseconds, Random, Timers } from '@orrery/runtime';
import type { LimitedDisk } from './limited-disk.ts';
import type { Member } from './member.ts';
import { SlowDisk } from './slow-disk.ts';
import type { StorageProcesses } from './storage-processes.ts';
import type { Direction, Peers } from './test-network.ts';

/** What faults happen to. */
export interface FaultScene {
  readonly cluster: StorageProcesses;
  /** Disks that can be filled, by member. */
  readonly limitedDisks: ReadonlyMap<string, LimitedDisk>;
  readonly timers: Timers;
  tell(what: string): void;
}

export interface Fault {
  readonly kind: string;
  /** Does the harm and undoes it. Resolves when all that was harmed may work again; what was killed is still starting. */
  strike(scene: FaultScene, random: Random): Promise<void>;
}

/** All kinds; each as likely as the others. */
export const faults: readonly Fault[] = [
  { kind: 'kill one', strike: (scene, random) => kill(scene, [anyOf(scene, random)], random) },
  { kind: 'kill all', strike: (scene, random) => kill(scene, [...scene.cluster.members.values()], random) },
  { kind: 'freeze one', strike: (scene, random) => freeze(scene, [anyOf(scene, random)], random) },
  { kind: 'freeze all', strike: (scene, random) => freeze(scene, [...scene.cluster.members.values()], random) },
  { kind: 'broker restart', strike: restartBroker },
  { kind: 'cut', strike: cut },
  { kind: 'cable out', strike: takeCableOut },
  { kind: 'full disk', strike: fillDisk },
  { kind: 'slow disk', strike: slowDown },
];

async function kill({ cluster, timers, tell }: FaultScene, members: readonly Member[], random: Random): Promise<void> {
  tell(`kill ${namesOf(members)}`);
  await Promise.all(members.map((member) => member.kill()));
  for (const member of members) {
    await timers.sleep(random.next() < 0.5 ? 0 : random.integer(1_000));
    member.start().catch((error: unknown) => cluster.fail(error as Error));
  }
}

/** Longer than an election takes, or shorter. */
async function freeze({ timers, tell }: FaultScene, members: readonly Member[], random: Random): Promise<void> {
  const duration = 50 + random.integer(2_500);
  tell(`freeze ${namesOf(members)} for ${duration} ms`);
  for (const member of members) member.pause();
  await timers.sleep(duration);
  for (const member of members) member.resume();
}

/** Now and then it comes back as it was a while before, as NATS does after a power cut: it syncs its files every two minutes. */
async function restartBroker({ cluster, timers, tell }: FaultScene, random: Random): Promise<void> {
  const { broker } = cluster;
  const duration = random.integer(1_500);
  const forgetsMs = random.next() < 0.4 ? random.integer(2_000) : undefined;
  tell(`kill the broker, start it after ${duration} ms${forgetsMs === undefined ? '' : `, forget ${forgetsMs} ms`}`);
  await broker.kill();
  if (forgetsMs !== undefined) {
    cluster.saveStreams();
    await broker.start();
    await timers.sleep(forgetsMs);
    await broker.kill();
    cluster.restoreStreams();
  }
  await timers.sleep(duration);
  await broker.start();
}

async function cut(scene: FaultScene, random: Random): Promise<void> {
  const { cluster, timers, tell } = scene;
  const { name } = anyOf(scene, random);
  const peers = oneOf<Peers>(random, ['broker', 'everybody']);
  const direction = oneOf<Direction>(random, ['in', 'out', 'both']);
  const duration = 100 + random.integer(3_500);
  tell(`drop packets of ${name} with ${peers}, ${direction}, for ${duration} ms`);
  await cluster.network.cut(name, peers, direction);
  await timers.sleep(duration);
  await cluster.network.heal(name);
}

async function takeCableOut(scene: FaultScene, random: Random): Promise<void> {
  const { cluster, timers, tell } = scene;
  const { name } = anyOf(scene, random);
  const duration = 100 + random.integer(3_000);
  tell(`take the cable of ${name} out for ${duration} ms`);
  await cluster.network.setCable(name, 'out');
  await timers.sleep(duration);
  await cluster.network.setCable(name, 'in');
}

async function fillDisk({ limitedDisks, timers, tell }: FaultScene, random: Random): Promise<void> {
  const full = [...limitedDisks].filter(() => random.next() < 0.7);
  const duration = 500 + random.integer(3_000);
  tell(`fill the disk of ${full.map(([name]) => name)} for ${duration} ms`);
  for (const [, disk] of full) disk.fill();
  await timers.sleep(duration);
  for (const [, disk] of full) disk.free();
}

/** Where the machine cannot slow a disk down, the process is stopped for moments instead. */
async function slowDown(scene: FaultScene, random: Random): Promise<void> {
  const { timers, tell, limitedDisks, cluster } = scene;
  const slow = oneOf(
    random,
    [...cluster.members.values()].filter(({ name }) => !limitedDisks.has(name)),
  );
  const duration = 500 + random.integer(3_500);
  if (!SlowDisk.isPossible(slow.folder)) return pulse(scene, slow, duration);
  tell(`slow down the disk of ${slow.name} for ${duration} ms`);
  const disk = new SlowDisk(slow);
  disk.begin();
  try {
    await timers.sleep(duration);
  } finally {
    disk.end();
  }
}

async function pulse({ timers, tell }: FaultScene, member: Member, duration: Milliseconds): Promise<void> {
  tell(`let ${member.name} work only now and then for ${duration} ms`);
  for (let passed = 0; passed < duration; passed += 50) {
    member.pause();
    await timers.sleep(40);
    member.resume();
    await timers.sleep(10);
  }
}

function anyOf({ cluster }: FaultScene, random: Random): Member {
  return oneOf(random, [...cluster.members.values()]);
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(choices.length)] as T;
}

function namesOf(members: readonly Member[]): string {
  return members.map(({ name }) => name).join(', ');
}
