import { Subjects } from '@orrery/bus';
import { raftv1 } from '@orrery/proto';
import { type LogFields, type Milliseconds, SeededIds, SeededRandom, VirtualTime } from '@orrery/runtime';
import { RaftWireCheck } from '../checker/raft-wire-check.ts';
import { Violation } from '../checker/violation.ts';
import { Life } from '../machine/life.ts';
import { SimulatedNetwork } from '../network/simulated-network.ts';
import { Story } from '../story/story.ts';
import { StoryLogger } from '../story/story-logger.ts';
import { GroupClient } from './group-client.ts';
import { LogFollower } from './log-follower.ts';
import { rebuild } from './membership.ts';
import { OperationLog } from './operation-log.ts';
import { keepSpace } from './space-keeper.ts';
import { StorageClient } from './storage-client.ts';
import { StorageMachine } from './storage-machine.ts';
import type { StorageScenario } from './storage-scenario.ts';
import { StoreWatcher } from './store-watcher.ts';

/** After this long somebody starts a process again that has given up. */
const RESTART_MS = 3_000;

/** Members, clients and followers of one simulated storage cluster. */
export class StorageWorld {
  readonly time = new VirtualTime();
  readonly story = new Story(() => this.time.monotonic());
  readonly subjects = new Subjects('sim');
  readonly network: SimulatedNetwork;
  readonly machines = new Map<string, StorageMachine>();
  readonly clients: GroupClient[] = [];
  readonly followers: LogFollower[] = [];
  readonly watchers: StoreWatcher[] = [];
  readonly operations = new OperationLog();
  /** Asks for what an administrator does. */
  readonly operator: StorageClient;
  /** The log has lost entries that may have been compacted since: it may begin anew behind a gap. */
  brokerLostEntries = false;
  /** Ids of all requests that were ever proposed: what is not among them was never carried out. */
  readonly proposed = new Set<string>();
  /** Who is told when a member begins to lead; forgotten once told. */
  readonly #leaderWatchers = new Set<(name: string) => void>();
  /** Machines whose members are being replaced; an operator does one at a time. */
  readonly rebuilding = new Set<string>();
  /** Of clients and followers. */
  readonly #lives: Life[] = [];
  readonly #raft = new RaftWireCheck((data) => this.#noteProposal(data));
  #violation: Error | undefined;

  constructor(readonly scenario: StorageScenario) {
    const { seed } = scenario;
    this.network = new SimulatedNetwork({
      time: this.time,
      random: new SeededRandom(`${seed}/network`),
      watch: ({ from, subject, data }) => this.#watch(from, subject, data),
    });
    for (const name of scenario.members) this.addMachine(name);
    this.operator = new StorageClient(this.#connect('operator'), this.subjects);
    for (let at = 1; at <= scenario.clients; at++) this.clients.push(this.#client(`c${at}`));
    for (let at = 1; at <= scenario.watchers; at++) this.watchers.push(this.#watcher(`watcher-${at}`));
    for (let at = 1; at <= scenario.followers; at++) this.followers.push(this.#follower(`follower-${at}`));
  }

  /** The first broken promise. Everything stops there. */
  get violation(): Error | undefined {
    return this.#violation;
  }

  get memberNames(): readonly string[] {
    return [...this.machines.keys()];
  }

  fail(error: unknown): void {
    if (this.#violation !== undefined) return;
    this.#violation = error instanceof Error ? error : new Error(String(error));
    this.story.tell('VIOLATION', this.#violation.message);
  }

  addMachine(name: string): StorageMachine {
    const { scenario, time, network, subjects } = this;
    const machine = new StorageMachine({
      name,
      seed: scenario.seed,
      time,
      network,
      subjects,
      config: (joins) => ({
        member: name,
        members: scenario.members,
        heartbeatMs: scenario.heartbeatMs,
        electionTimeoutMs: scenario.electionTimeoutMs,
        log: scenario.log,
        autoPromote: scenario.autoPromote,
        ...(scenario.quotaBytes > 0 && { quotaBytes: scenario.quotaBytes }),
        ...(joins && { join: true }),
      }),
      log: (who, level, message, fields) => this.#log(who, level, message, fields),
      died: (dead, reason) => this.#died(dead, reason),
    });
    this.machines.set(name, machine);
    return machine;
  }

  /** All processes end: what they hold on to would outlive the world. */
  end(): void {
    for (const watcher of this.watchers) watcher.stop();
    for (const follower of this.followers) follower.stop();
    for (const machine of this.machines.values()) machine.kill({ power: false });
    for (const life of this.#lives) life.end();
  }

  /** The next member that begins to lead; undefined where none does within that time. */
  nextLeader(limit: Milliseconds): Promise<string | undefined> {
    return new Promise((resolve) => {
      const found = (name: string | undefined): void => {
        timer.cancel();
        this.#leaderWatchers.delete(found);
        resolve(name);
      };
      const timer = this.time.after(limit, () => found(undefined));
      this.#leaderWatchers.add(found);
    });
  }

  startClientsAndFollowers(): void {
    for (const follower of this.followers) void follower.run();
    keepSpace(this).catch((error: unknown) => this.fail(error));
    for (const watcher of this.watchers) watcher.run().catch((error: unknown) => this.fail(error));
    for (const client of this.clients) client.run().catch((error: unknown) => this.fail(error));
  }

  /** Lets time pass until then, or until something is broken. */
  async runFor(duration: Milliseconds): Promise<void> {
    await this.runUntil(() => false, duration);
  }

  /** Lets time pass until the condition holds; false where it does not within the limit, or something is broken before. */
  async runUntil(condition: () => boolean, limit: Milliseconds): Promise<boolean> {
    let isOver = false;
    const end = this.time.after(limit, () => {
      isOver = true;
    });
    await this.time.runUntil(() => isOver || this.#violation !== undefined || condition(), { limit: limit + 1 });
    end.cancel();
    return this.#violation === undefined && condition();
  }

  #client(name: string): GroupClient {
    const { scenario, subjects, story, operations: log } = this;
    return new GroupClient({
      name,
      scenario,
      client: new StorageClient(this.#connect(name), subjects),
      random: new SeededRandom(`${scenario.seed}/${name}`),
      timers: this.time,
      now: () => this.time.monotonic(),
      log,
      story,
      members: () => this.memberNames,
    });
  }

  #follower(name: string): LogFollower {
    return new LogFollower({
      name,
      bus: this.#connect(name),
      subjects: this.subjects,
      timers: this.time,
      now: () => this.time.monotonic(),
      report: (error) => this.fail(error),
    });
  }

  #watcher(name: string): StoreWatcher {
    return new StoreWatcher({
      name,
      random: new SeededRandom(`${this.scenario.seed}/${name}`),
      timers: this.time,
      members: () => [...this.machines.values()].flatMap(({ member }) => member ?? []),
      now: () => this.time.monotonic(),
      report: (error) => this.fail(error),
    });
  }

  #connect(name: string) {
    const id = `${this.scenario.seed}/${name}`;
    const logger = new StoryLogger(() => {});
    const life = new Life(this.time, this.time, new SeededRandom(id), new SeededIds(id), logger);
    this.#lives.push(life);
    return this.network.connect(name, life);
  }

  #watch(from: string, subject: string, data: Uint8Array): void {
    if (!subject.startsWith('sim.raft.') || !RaftWireCheck.wants(data)) return;
    try {
      this.#raft.see(from, raftv1.Message.decode(data));
    } catch (error) {
      this.fail(error);
    }
  }

  /** The request's id stands near the beginning of its entry. */
  #noteProposal(data: Uint8Array): void {
    const head = Buffer.from(data.buffer, data.byteOffset, Math.min(data.length, 64)).toString('latin1');
    const id = /c\d+-\d+/.exec(head)?.[0];
    if (id !== undefined) this.proposed.add(id);
  }

  #log(who: string, level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
    const { error } = fields;
    const reason = error instanceof Error ? ` (${error.name}: ${error.message})` : '';
    this.story.tell(who, `${level === 'info' ? '' : `${level}: `}${message}${reason}`);
    if (error instanceof Error && isBug(error)) {
      this.fail(new Violation('members do not break their own rules', `${who}: ${error.stack ?? error.message}`));
    }
    if (message === 'leads the storage cluster') for (const found of [...this.#leaderWatchers]) found(who);
    if (message === 'storage member failed') {
      const machine = this.machines.get(who);
      if (machine !== undefined) this.time.after(0, () => this.#died(machine, error));
    }
  }

  /** A disk that failed to sync is not to be trusted before the machine has been switched off: its cache shows what is not on the device. */
  #died(machine: StorageMachine, reason: unknown): void {
    const text = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
    this.story.tell(machine.name, `gave up: ${text}`);
    if (!(reason instanceof Error) || isBug(reason) || !isExpected(reason)) {
      this.fail(
        new Violation(
          'members fail only for a reason',
          `${machine.name}: ${reason instanceof Error ? reason.stack : text}`,
        ),
      );
      return;
    }
    machine.kill({ power: true });
    if (reason instanceof Error && isDamage(reason)) {
      if (machine.isRotten) void rebuild(this, machine);
      else this.fail(new Violation('a disk that nobody damaged is readable', `${machine.name}: ${text}`));
      return;
    }
    this.time.after(RESTART_MS, () => {
      if (machine.disk.syncFailure === 'always') machine.disk.syncFailure = 'none';
      machine.start();
    });
  }
}

function isBug(error: Error): boolean {
  return ['InvariantError', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'].includes(error.name);
}

/** Errors that an injected fault explains. */
function isExpected(error: Error): boolean {
  return ['SimulatedDiskError', 'DiskFullError'].includes(error.name) || isDamage(error);
}

/** What was safe on the disk cannot be read any more. */
function isDamage(error: Error): boolean {
  return ['WalCorruptedError', 'WalGapError', 'SnapshotDamagedError'].includes(error.name);
}
