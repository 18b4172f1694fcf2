import { type Milliseconds, SeededRandom, SystemTimers } from '@orrery/runtime';
import {
  type Asked,
  type AskOptions,
  GroupClient,
  LogFollower,
  type Operation,
  OperationLog,
  type StorageAccess,
  StorageClient,
  Story,
} from '@orrery/sim';
import { EtcdAccess } from './etcd-access.ts';
import type { StorageProcesses } from './storage-processes.ts';
import { WatchRecord } from './watch-record.ts';

const etcdClientsCount = 4;
const busClientsCount = 3;
const watchersCount = 2;
/** Of each client between two requests, on average. Together they keep the log growing without starving the members of processor time. */
const thinkMs = 25;
/** Keys of one group are checked together. */
const groupsCount = 12;
/** How long a cluster may take to acknowledge anything again: an election, a start on a busy machine, TCP's slow return after a cut. */
const patienceMs = 45_000;

/** The clock of everything that is recorded. */
export const now = (): Milliseconds => performance.now();

/** Clients through etcd's API and through the bus, who write down what they asked for and were told, and watchers of both kinds. */
export class RecordedLoad {
  readonly log = new OperationLog();
  readonly story = new Story(now);
  readonly followers: LogFollower[] = [];
  readonly watches: WatchRecord[] = [];
  /** Through etcd's API, for the questions that the test itself asks. */
  readonly operator: EtcdAccess;
  readonly #timers = new SystemTimers();
  readonly #clients: GroupClient[] = [];
  readonly #accesses: EtcdAccess[] = [];
  readonly #work: Promise<void>[] = [];
  readonly #waiting = new Set<() => void>();
  #acknowledged = 0;
  #failure: Error | undefined;
  #stopping = false;

  private constructor(
    private readonly cluster: StorageProcesses,
    private readonly seed: number,
  ) {
    this.operator = this.#etcdAccess('operator');
    cluster.onFailure((error) => this.fail(error));
  }

  static async start(cluster: StorageProcesses, seed: number): Promise<RecordedLoad> {
    const load = new RecordedLoad(cluster, seed);
    await load.#start();
    return load;
  }

  /** Writes that were acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  /** The first failure ends every wait. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.story.tell('VIOLATION', this.#failure.message);
    this.#wake();
  }

  /** Resolves when `count` more writes have been acknowledged. Throws what failed, or that nothing moves. */
  async moreWritten(count: number): Promise<void> {
    const wanted = this.#acknowledged + count;
    await this.until(`${count} more writes are acknowledged`, () => this.#acknowledged >= wanted);
  }

  /** Resolves when the condition holds, looked at whenever somebody was answered. Throws what failed, or that nothing moves. */
  async until(what: string, condition: () => boolean): Promise<void> {
    let isLate = false;
    const timer = this.#timers.after(patienceMs, () => {
      isLate = true;
      this.#wake();
    });
    try {
      while (!condition()) {
        if (this.#failure !== undefined) throw this.#failure;
        if (isLate) throw new Error(`not within ${patienceMs} ms: ${what}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    } finally {
      timer.cancel();
    }
  }

  /** Every client ends with a write and a read that were answered. Resolves when all have stopped. */
  async finish(): Promise<void> {
    const progress = this.#clients.map((client, at) => this.#lastRequests(client, `g${at % groupsCount}`));
    this.#stopping = true;
    let isDone = false;
    void Promise.all([...progress, ...this.#work]).then(
      () => {
        isDone = true;
        this.#wake();
      },
      (error: unknown) => this.fail(error),
    );
    await this.until('every client can write and read', () => isDone);
  }

  /** Ends at once, whatever is under way. */
  stop(): void {
    this.#stopping = true;
    for (const follower of this.followers) follower.stop();
    for (const watch of this.watches) watch.stop();
    for (const access of this.#accesses) access.close();
  }

  async #start(): Promise<void> {
    const { cluster } = this;
    for (let at = 1; at <= etcdClientsCount; at++) this.#addClient(`grpc${at}`, this.#etcdAccess(`grpc${at}`), 1);
    for (let at = 1; at <= busClientsCount; at++) {
      this.#addClient(`bus${at}`, new StorageClient(await cluster.connect(), cluster.subjects), 3);
    }
    for (let at = 1; at <= watchersCount; at++) {
      const parts = { name: `follower${at}`, timers: this.#timers, now, report: (error: unknown) => this.fail(error) };
      const follower = new LogFollower({ ...parts, bus: await cluster.connect(), subjects: cluster.subjects });
      this.followers.push(follower);
      this.#keep(follower.run());
      const endpoints = [...cluster.endpoints.values()];
      const watch = new WatchRecord({ ...parts, name: `watch${at}`, endpoints, random: this.#random(`watch${at}`) });
      this.watches.push(watch);
      this.#keep(watch.run());
    }
    for (const client of this.#clients) this.#work.push(this.#run(client));
  }

  #keep(work: Promise<void>): void {
    work.catch((error: unknown) => this.fail(error));
  }

  #addClient(name: string, access: StorageAccess, attemptsMax: number): void {
    const { cluster, log } = this;
    const client = new GroupClient({
      name,
      scenario: { groups: groupsCount, thinkMs },
      client: { ask: (operation, options) => this.#counted(access, operation, options) },
      random: this.#random(name),
      timers: this.#timers,
      now,
      log,
      story: this.story,
      members: () => [...cluster.members.keys()],
      attemptsMax,
    });
    this.#clients.push(client);
  }

  async #run(client: GroupClient): Promise<void> {
    const random = this.#random(`pauses-${this.#work.length}`);
    while (!this.#stopping && this.#failure === undefined) {
      await this.#timers.sleep(-Math.log(1 - random.next()) * thinkMs);
      if (!this.#stopping) await client.step();
    }
  }

  async #lastRequests(client: GroupClient, group: string): Promise<void> {
    while (this.#failure === undefined && !(await client.write(group)));
    while (this.#failure === undefined && !(await client.read(group)));
  }

  async #counted(access: StorageAccess, operation: Operation, options: AskOptions): Promise<Asked> {
    const asked = await access.ask(operation, options);
    if (asked.result?.$case === 'txn' && asked.result.value.succeeded) this.#acknowledged++;
    this.#wake();
    return asked;
  }

  #etcdAccess(name: string): EtcdAccess {
    const access = new EtcdAccess(this.cluster.endpoints, this.#random(name));
    this.#accesses.push(access);
    return access;
  }

  #random(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const look of waiting) look();
  }
}
