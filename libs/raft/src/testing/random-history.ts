import type { raftv1 } from '@orrery/proto';
import { type Random, SeededRandom } from '@orrery/runtime';
import { type ConfigurationChange, isMember } from '../membership/configuration.ts';
import type { Raft } from '../raft.ts';
import { RaftWorld } from './raft-world.ts';

/** Members at a time, so that a majority of them is reached now and then. */
const MEMBERS_MAX = 5;
/** Members that join in one history. */
const NEWCOMERS_MAX = 6;
/** Messages under way; the oldest are lost beyond that. */
const NETWORK_MAX = 100;
/** The message that arrives next is one of so many that wait longest. */
const REORDERED_MAX = 6;

/** What a history is made of besides ticks, messages, proposals and reads. */
export interface Weather {
  readonly seed: number;
  readonly memberCount: number;
  readonly steps: number;
  /** Do members come and go? */
  readonly changes: boolean;
  /** Do members take snapshots? */
  readonly snapshots: boolean;
  /** Do members lose their disks and come back under their old names, while messages of and for their old lives are still under way? Default false. */
  readonly returns?: boolean;
}

/** Of so many messages one is kept back, to arrive much later. */
const LATE_IN = 15;
const LATE_MAX = 200;

/** Of so many messages, cuts of the network, crashes one happens. In a storm disks are slow too; in a calm there is time to get somewhere. */
const WINDS = [
  { name: 'storm', lossIn: 20, cutIn: 2, crashIn: 3, disk: 10 },
  { name: 'calm', lossIn: 100, cutIn: 4, crashIn: 40, disk: 15 },
  { name: 'breeze', lossIn: 20, cutIn: 2, crashIn: 10, disk: 15 },
] as const;

/** A cluster that lives through what a seed says. The world checks the promises itself. */
export class RandomHistory {
  readonly world: RaftWorld;
  /** How often something was begun, to see that it was. */
  readonly begun = { change: 0, transfer: 0, snapshot: 0, crash: 0, comeback: 0 };

  readonly #random: Random;
  readonly #wind: (typeof WINDS)[number];
  #proposals = 0;
  #newcomers = 0;
  /** Whose messages get lost at the moment. */
  #cut = '';
  readonly #late: raftv1.Message[] = [];
  /** What the operator is at, who replaces one disk after the other. */
  #replacing: { readonly member: string; readonly isOut: boolean } | undefined;

  constructor(private readonly weather: Weather) {
    this.#random = new SeededRandom(weather.seed);
    this.#wind = WINDS[Math.abs(weather.seed) % WINDS.length] as (typeof WINDS)[number];
    const members = ['a', 'b', 'c', 'd', 'e'].slice(0, weather.memberCount);
    this.world = new RaftWorld(members, this.#random, {}, weather.returns === true);
  }

  live(): this {
    const { world } = this;
    for (let step = 0; step < this.weather.steps; step++) {
      const id = this.#step();
      const isCalm = this.#wind.name === 'calm';
      for (const member of isCalm ? world.members : [id]) {
        world.drain(member, this.#wind.name !== 'storm' && this.#oneIn(3));
      }
      if (world.network.length > NETWORK_MAX) world.network.shift();
      if (step % 100 === 0) world.checkLogs();
    }
    world.checkLogs();
    return this;
  }

  /** Returns the member that did something. */
  #step(): string {
    const anybody = this.#pick(this.world.members);
    const { raft } = this.world.being(anybody);
    let dice = this.#random.integer(100);
    const falls = (share: number) => {
      const isHit = dice >= 0 && dice < share;
      dice -= share;
      return isHit;
    };
    if (falls(18)) raft.tick();
    else if (falls(42)) this.#deliverSome();
    else if (falls(this.#wind.disk)) this.world.finishDisk(anybody);
    else if (falls(3)) this.#read(raft);
    else if (falls(2)) this.#maybeTrouble(anybody);
    else if (falls(4)) this.#maybeSnapshot(anybody);
    else return this.#ask(falls(4));
    return anybody;
  }

  #deliverSome(): void {
    for (let n = this.#random.integer(this.world.members.length); n >= 0; n--) this.#deliverOne();
  }

  #deliverOne(): void {
    const { network } = this.world;
    const [message] = network.splice(this.#random.integer(Math.min(network.length, REORDERED_MAX)), 1);
    if (message === undefined) return;
    if (this.weather.returns === true && this.#oneIn(LATE_IN)) this.#keepBack(message);
    const isLost = message.from === this.#cut || message.to === this.#cut || this.#oneIn(this.#wind.lossIn);
    if (!isLost) this.world.deliver(message);
    if (this.#oneIn(30)) network.push(message);
  }

  /** It arrives now, and again when nobody expects it any more. */
  #keepBack(message: raftv1.Message): void {
    this.#late.push(message);
    const due =
      this.#late.length > LATE_MAX || this.#oneIn(3)
        ? this.#late.splice(this.#random.integer(this.#late.length), 1)
        : [];
    for (const old of due) this.world.deliver(old);
  }

  #read(raft: Raft): void {
    tryTo(() => raft.readIndex(Buffer.from(String(this.world.truth.length))));
  }

  #maybeTrouble(id: string): void {
    if (this.#oneIn(2)) this.#cut = this.#oneIn(this.#wind.cutIn) ? this.#pick(this.world.members) : '';
    else this.#maybeCrash(id);
  }

  #maybeCrash(id: string): void {
    if (!this.#oneIn(this.#wind.crashIn)) return;
    this.world.crash(id);
    this.begun.crash++;
  }

  #maybeSnapshot(id: string): void {
    if (!this.weather.snapshots || !this.#oneIn(6)) return;
    this.world.snapshot(id, this.#random.integer(4));
    this.begun.snapshot++;
  }

  /** Asks a leader, perhaps a deposed one: for an entry, or for something about the members. */
  #ask(aboutMembers: boolean): string {
    const { world } = this;
    const leaders = world.members.filter((member) => world.being(member).raft.role === 'leader');
    const id = this.#pick(leaders.length > 0 ? leaders : world.members);
    const { raft } = world.being(id);
    if (aboutMembers && this.weather.returns === true && this.#oneIn(2)) this.#replace(raft);
    else if (!aboutMembers) tryTo(() => raft.propose([Buffer.from(String(++this.#proposals))]));
    else if (this.weather.changes && !this.#oneIn(3)) this.#change(raft);
    else if (this.#oneIn(4)) this.#transfer(raft);
    return id;
  }

  #transfer(raft: Raft): void {
    if (raft.role !== 'leader') return;
    tryTo(() => raft.transferLeadership(this.#pick(raft.configuration.voters)));
    this.begun.transfer++;
  }

  #change(raft: Raft): void {
    const change = raft.role === 'leader' ? this.#wish(raft) : undefined;
    if (change === undefined) return;
    tryTo(() => {
      raft.proposeConfiguration(change);
      this.begun.change++;
    });
  }

  /**
   * One step of an operator with a lost disk: has the others forget the member, gives it an empty disk when that is decided, and adds it again. Nothing else
   * is begun before that is decided too.
   */
  #replace(raft: Raft): void {
    if (raft.role !== 'leader') return;
    const { world } = this;
    const members = decidedMembers(world);
    this.#replacing ??= { member: this.#pick(members.length > 0 ? members : world.members), isOut: false };
    const { member, isOut } = this.#replacing;
    const isIn = members.length === 0 || members.includes(member);
    if (!isOut && isIn) tryTo(() => raft.proposeConfiguration({ kind: 'remove', member }));
    else if (!isOut) {
      world.join(member);
      this.begun.comeback++;
      this.#replacing = { member, isOut: true };
    } else if (!isIn) {
      tryTo(() => raft.proposeConfiguration({ kind: this.#oneIn(3) ? 'add-voter' : 'add-learner', member }));
    } else this.#replacing = undefined;
  }

  #wish({ configuration }: Raft): ConfigurationChange | undefined {
    const { voters, learners } = configuration;
    const members = [...voters, ...learners];
    switch (this.#random.integer(4)) {
      case 0:
      case 1: {
        if (this.#newcomers >= NEWCOMERS_MAX || members.length >= MEMBERS_MAX) return undefined;
        const member = `n${++this.#newcomers}`;
        this.world.join(member);
        return { kind: this.#oneIn(3) ? 'add-voter' : 'add-learner', member };
      }
      case 2:
        return learners.length === 0 ? undefined : { kind: 'promote', member: this.#pick(learners) };
      default:
        return { kind: 'remove', member: this.#pick(members) };
    }
  }

  #oneIn(count: number): boolean {
    return this.#random.integer(count) === 0;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random.integer(list.length)] as T;
  }
}

/** Who belongs to the cluster after all that anybody has applied; nobody where it says nothing about that. */
function decidedMembers({ truth }: RaftWorld): string[] {
  const line = truth.findLast((text) => text.includes(' ='));
  return line === undefined
    ? []
    : line
        .slice(line.indexOf('=') + 1)
        .split(',')
        .map((text) => text.replaceAll(/[()]/g, ''));
}

/**
 * Nothing goes wrong any more, long enough for several elections. Returns the members of the cluster at the end, or nobody where they do not come
 * to agree.
 */
export function heal(world: RaftWorld): string[] {
  for (let tick = 0; tick < 300; tick++) {
    for (const id of world.members) world.being(id).raft.tick();
    for (const id of world.members) world.finishDisk(id);
    world.stabilize();
    const members = agreeing(world);
    if (members.length > 0) return members;
  }
  return [];
}

/** The members of the cluster if they have all applied everything and nothing is under way; else nobody. */
function agreeing(world: RaftWorld): string[] {
  const rafts = [...world.beings.values()].map(({ raft }) => raft);
  const leader = rafts.filter(({ role }) => role === 'leader').sort((a, b) => b.term - a.term)[0];
  if (leader === undefined || !leader.leadsWithCommit || leader.status().transferringTo !== '') return [];
  const members = world.members.filter((id) => isMember(leader.configuration, id));
  const done = members.every((id) => world.being(id).raft.log.applied === leader.log.lastIndex);
  return done ? members : [];
}

/** A refusal is an answer; a broken invariant is not. */
function tryTo(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Error) || error.name === 'InvariantError' || error instanceof TypeError) throw error;
  }
}
