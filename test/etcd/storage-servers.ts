import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBroker, Subjects } from '@orrery/bus';
import { createLogger, type Disk, FileDisk, SystemTimers, systemHost } from '@orrery/runtime';
import { type StorageConfig, StorageMember } from '@orrery/storage';

/** Storage members of one process in real time, with etcd's face on ports of their own and their data in a folder of the test. */
export class StorageServers {
  readonly #members = new Map<string, StorageMember>();
  readonly #broker = new MemoryBroker({ timers: new SystemTimers() });
  readonly #subjects = new Subjects('test');

  private constructor(
    private readonly names: readonly string[],
    private readonly folder: string,
    private readonly settings: Partial<StorageConfig>,
  ) {}

  /** `prepare` may fill the members' folders before they start. */
  static async start(
    count: number,
    settings: Partial<StorageConfig> = {},
    prepare?: (folders: readonly { member: string; disk: Disk }[], cluster: string) => Promise<unknown>,
  ): Promise<StorageServers> {
    const names = Array.from({ length: count }, (_, at) => `storage-${at + 1}`);
    const folder = await mkdtemp(join(tmpdir(), 'orrery-etcd-'));
    const servers = new StorageServers(names, folder, settings);
    try {
      const folders = names.map((name) => ({ member: name, disk: new FileDisk(join(folder, name)) }));
      await prepare?.(folders, servers.#subjects.cluster);
      await Promise.all(names.map((name) => servers.startMember(name)));
      await servers.untilLed();
    } catch (error) {
      await servers.stop();
      throw error;
    }
    return servers;
  }

  async startMember(name: string, settings: Partial<StorageConfig> = {}): Promise<void> {
    const logger = createLogger({ level: 'error' });
    const host = systemHost({ dataFolder: join(this.folder, name), logger });
    const config: StorageConfig = {
      member: name,
      members: this.names,
      electionTimeoutMs: 300,
      heartbeatMs: 50,
      etcd: { listen: '127.0.0.1:0' },
      ...this.settings,
      ...settings,
    };
    const member = new StorageMember(config, host, this.#broker.connect(), this.#subjects);
    this.#members.set(name, member);
    await member.start();
  }

  async stopMember(name: string): Promise<void> {
    await this.#member(name).stop();
    this.#members.delete(name);
  }

  /** `127.0.0.1:port` of one member. */
  endpoint(name: string): string {
    const address = this.#member(name).etcdAddress;
    if (address === undefined) throw new Error(`${name} serves no etcd clients`);
    return address;
  }

  get endpoints(): string[] {
    return [...this.#members.keys()].map((name) => this.endpoint(name));
  }

  get leader(): string {
    return [...this.#members.values()][0]?.leader ?? '';
  }

  /** A member that does not lead. */
  get follower(): string {
    const follower = [...this.#members.keys()].find((name) => name !== this.leader);
    if (follower === undefined) throw new Error('there is no follower');
    return follower;
  }

  /** Everybody knows the same leader, and it has told its clients so. */
  async untilLed(): Promise<void> {
    const timers = new SystemTimers();
    const members = [...this.#members.values()];
    while (members.some((member) => member.leader === '' || member.leader !== members[0]?.leader)) {
      await timers.sleep(10);
    }
  }

  async stop(): Promise<void> {
    await Promise.allSettled([...this.#members.values()].map((member) => member.stop()));
    await this.#broker.connect().close();
    await rm(this.folder, { recursive: true, force: true });
  }

  #member(name: string): StorageMember {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`there is no member ${name}`);
    return member;
  }
}
