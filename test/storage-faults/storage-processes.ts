import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bus, NatsBus, NatsServer, Subjects, serviceUsers } from '@orrery/bus';
import { type Host, MemoryLogger, type Processes, systemHost, systemProcesses } from '@orrery/runtime';
import type { StorageConfig } from '@orrery/storage';
import { freePort } from '@orrery/testing';
import { Member } from './member.ts';
import { TestNetwork } from './test-network.ts';

export const memberNames = ['storage-1', 'storage-2', 'storage-3'];

/** Small limits, so that segments and snapshots come and go within minutes. */
const settings: Partial<StorageConfig> = {
  electionTimeoutMs: 300,
  heartbeatMs: 50,
  log: { segmentBytesMax: 64 * 1024, allocateBytes: 16 * 1024, snapshotAfterBytes: 32 * 1024, keptEntriesMax: 20 },
};
const etcdPort = 2379;

export interface StorageProcessesOptions {
  /** Each process lives in a network namespace of its own. Default no. */
  readonly namespaces?: boolean;
  /** Called with a member's folder before the member starts on it. Resolves with what undoes that once the member has ended. */
  prepareFolder?(member: string, folder: string): Promise<(() => Promise<void>) | undefined>;
}

/** Three storage members and a broker, each a process, on a folder and, where asked for, a network of this cluster's own. */
export class StorageProcesses {
  readonly subjects = new Subjects('faults');
  readonly members = new Map<string, Member>();
  readonly host: Host;
  readonly #stack = new AsyncDisposableStack();
  readonly #endpoints = new Map<string, string>();
  #broker: NatsServer | undefined;
  #network: TestNetwork | undefined;
  #failure: Error | undefined;
  #onFailure: ((error: Error) => void) | undefined;

  private constructor(
    readonly folder: string,
    private readonly options: StorageProcessesOptions,
  ) {
    this.host = systemHost({ dataFolder: folder, logger: new MemoryLogger() });
  }

  /** Resolves when all members take part; on failure nothing is left behind. */
  static async start(options: StorageProcessesOptions = {}): Promise<StorageProcesses> {
    const cluster = new StorageProcesses(mkdtempSync(join(tmpdir(), 'orrery-faults-')), options);
    try {
      await cluster.#start();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Ends all processes of this cluster and removes what it made. Twice is fine. */
  async stop(): Promise<void> {
    await this.#stack.disposeAsync();
  }

  get broker(): NatsServer {
    if (this.#broker === undefined) throw new Error('the cluster has no broker');
    return this.#broker;
  }

  get network(): TestNetwork {
    if (this.#network === undefined) throw new Error('the cluster has no network of its own');
    return this.#network;
  }

  /** `host:port` for etcd's clients, by the member's name. */
  get endpoints(): ReadonlyMap<string, string> {
    return this.#endpoints;
  }

  member(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`there is no member ${name}`);
    return member;
  }

  /** A connection to the broker as API servers have it; closed with the cluster. */
  async connect(): Promise<Bus> {
    const bus = await NatsBus.connect({ ...this.host, ...this.#login('apiserver') });
    this.#stack.defer(() => bus.close());
    return bus;
  }

  /** Keeps a copy of the broker's streams as they are on disk; the broker must not run. */
  saveStreams(): void {
    cpSync(join(this.folder, 'nats', 'jetstream'), this.#savedStreams, { recursive: true });
  }

  /** Brings the copy back, as if nothing had reached the disk since; the broker must not run. */
  restoreStreams(): void {
    const streams = join(this.folder, 'nats', 'jetstream');
    rmSync(streams, { recursive: true });
    renameSync(this.#savedStreams, streams);
  }

  get #savedStreams(): string {
    return join(this.folder, 'nats', 'saved');
  }

  /** Something ended that should not have. The first time counts. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#onFailure?.(error);
  }

  /** Calls `listener` once something has failed, at once where it has. */
  onFailure(listener: (error: Error) => void): void {
    this.#onFailure = listener;
    if (this.#failure !== undefined) listener(this.#failure);
  }

  async #start(): Promise<void> {
    const { folder, options } = this;
    this.#stack.defer(() => {
      if (process.env.ORRERY_KEEP === undefined) rmSync(folder, { recursive: true, force: true });
    });
    if (options.namespaces === true) {
      const network = await TestNetwork.make(memberNames);
      this.#network = network;
      this.#stack.defer(() => network.remove());
    }
    await this.#startBroker();
    for (const name of memberNames) await this.#addMember(name);
    await Promise.all([...this.members.values()].map((member) => member.start()));
  }

  async #startBroker(): Promise<void> {
    const folder = join(this.folder, 'nats');
    const { timers, logger } = this.host;
    const network = this.#network;
    const broker = new NatsServer({
      folder,
      disk: systemHost({ dataFolder: folder, logger }).disk,
      port: 0,
      ...(network && { host: network.brokerAddress }),
      users: serviceUsers({ cluster: this.subjects.cluster, nodes: [], password: passwordOf }),
      processes: network === undefined ? systemProcesses : inNamespace(network.brokerLauncher),
      timers,
      logger,
    });
    this.#broker = broker;
    this.#stack.defer(() => broker.kill());
    await broker.start();
  }

  async #addMember(name: string): Promise<void> {
    const folder = join(this.folder, name);
    const network = this.#network;
    const listen = network ? `${network.addressOf(name)}:${etcdPort}` : `127.0.0.1:${await freePort()}`;
    this.#endpoints.set(name, listen);
    const undo = await this.options.prepareFolder?.(name, folder);
    if (undo !== undefined) this.#stack.defer(undo);
    const member = new Member({
      cluster: this.subjects.cluster,
      bus: this.#login('storage'),
      folder,
      storage: { ...settings, member: name, members: memberNames, etcd: { listen } },
      logFile: join(this.folder, `${name}.log`),
      codeFolder: join(this.folder, 'code'),
      launcher: this.#network?.launcherOf(name) ?? [],
      onDeath: (error) => this.fail(error),
    });
    this.members.set(name, member);
    this.#stack.defer(() => member.kill());
  }

  #login(user: 'storage' | 'apiserver'): { servers: string[]; user: string; password: string } {
    return { servers: [this.broker.address], user, password: passwordOf(user) };
  }
}

function passwordOf(user: string): string {
  return `faults-${user}`;
}

/** Starts programs behind a launcher. */
function inNamespace(launcher: readonly string[]): Processes {
  const [command = '', ...args] = launcher;
  return {
    ...systemProcesses,
    spawn: (program, rest, options) => systemProcesses.spawn(command, [...args, program, ...rest], options),
  };
}
