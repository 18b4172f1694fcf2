import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ChildProcess, systemProcesses } from '@orrery/runtime';
import { freePort } from './free-port.driver.ts';

export interface EtcdClusterOptions {
  /** Default 1. */
  readonly members?: 1 | 3;
  /** Bytes of the space quota of each member. Default etcd's own, 2 GiB. */
  readonly quotaBytes?: number;
  /** A file of `etcdctl snapshot save`, or of ours, that every member begins with. */
  readonly snapshot?: string;
  /** What the only member of an earlier cluster has stored (`data`): this one goes on there. */
  readonly data?: EtcdData;
  /** PEM files. With them clients connect by TLS and show a certificate of the same authority. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientAuthority: string };
}

/** Contents of a member's files, by path. */
export type EtcdData = ReadonlyMap<string, Uint8Array>;

interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  process: ChildProcess | undefined;
}

/** What etcd logs when it answers clients: plain, and by TLS. */
const readyLine = /serving client traffic/;
/** Milliseconds. One member elects itself at once; several have to bear a machine that is busy with tests. */
const pace = { 1: { heartbeat: 10, election: 100 }, 3: { heartbeat: 50, election: 500 } } as const;
/** Lines of a member's log that are kept for the message when it does not start. */
const logLinesMax = 50;

/** A cluster of real etcd on loopback, as child processes that end with this one; its data go when it is closed. */
export class EtcdCluster {
  private readonly folder = mkdtempSync(join(tmpdir(), 'orrery-test-etcd-'));

  private constructor(
    private readonly members: readonly Member[],
    private readonly options: EtcdClusterOptions,
  ) {}

  /** Resolves when all members answer clients. */
  static async start(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
    const members: Member[] = [];
    for (let number = 1; number <= (options.members ?? 1); number += 1) {
      const [clientPort, peerPort] = [await freePort(), await freePort()];
      members.push({ name: `etcd-${number}`, clientPort, peerPort, process: undefined });
    }
    const cluster = new EtcdCluster(members, options);
    try {
      cluster.putBack(options.data ?? new Map());
      for (const member of members) await cluster.restore(member);
      await Promise.all(members.map(({ name }) => cluster.startMember(name)));
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** `host:port` of each member. */
  get endpoints(): string[] {
    return this.members.map(({ clientPort }) => `127.0.0.1:${clientPort}`);
  }

  /** As `--storage` takes it, without files. */
  get url(): string {
    return `etcd://${this.endpoints.join()}`;
  }

  get memberNames(): string[] {
    return this.members.map(({ name }) => name);
  }

  /** Resolves when the member answers clients; nothing happens where it runs. */
  async startMember(name: string): Promise<void> {
    const member = this.member(name);
    if (member.process !== undefined) return;
    const log: string[] = [];
    let ready: () => void = () => {};
    const answers = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const stderr = (line: string): void => {
      log.push(line);
      if (log.length > logLinesMax) log.shift();
      if (readyLine.test(line)) ready();
    };
    // Ends with this process, however that ends.
    const command = ['--pdeathsig', 'KILL', 'etcd', ...this.argumentsOf(member)];
    const child = await systemProcesses.spawn('setpriv', command, { stderr });
    member.process = child;
    const ended = child.exited.then((exit) => {
      if (member.process === child) member.process = undefined;
      throw new Error(`${name} ended as it started: ${JSON.stringify(exit)}\n${log.join('\n')}`);
    });
    await Promise.race([answers, ended]);
    ended.catch(() => undefined);
  }

  /** Ends the member in good order, or with another signal; its data stay. */
  async stopMember(name: string, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const member = this.member(name);
    const child = member.process;
    if (child === undefined) return;
    child.kill(signal);
    await child.exited;
  }

  /** Halts the member where it stands, or lets it go on. */
  signalMember(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.member(name).process?.kill(signal);
  }

  /** What the member has stored; it must be stopped. */
  data(name: string): EtcdData {
    const folder = join(this.folder, this.member(name).name);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.endsWith('.tmp'));
    return new Map(paths.map((path) => [path.slice(folder.length + 1), withoutZeros(readFileSync(path))]));
  }

  async close(): Promise<void> {
    for (const { name } of this.members) await this.stopMember(name, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `etcdctl` against all members and answers what it prints. */
  async etcdctl(...words: readonly string[]): Promise<string> {
    const args = ['--endpoints', this.endpoints.join(), ...words];
    const env = { PATH: process.env.PATH ?? '', ETCDCTL_API: '3' };
    const { exitCode, stdout, stderr } = await systemProcesses.run('etcdctl', args, { env });
    if (exitCode !== 0) throw new Error(`etcdctl ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  private putBack(data: EtcdData): void {
    for (const [path, bytes] of data) {
      const file = join(this.folder, this.members[0]?.name ?? '', path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, bytes);
    }
  }

  private member(name: string): Member {
    const member = this.members.find((candidate) => candidate.name === name);
    if (member === undefined) throw new Error(`there is no ${name} in this cluster of ${this.memberNames.join()}`);
    return member;
  }

  private async restore({ name, peerPort }: Member): Promise<void> {
    const { snapshot } = this.options;
    if (snapshot === undefined) return;
    const peers = ['--initial-cluster', this.peers, '--initial-advertise-peer-urls', `http://127.0.0.1:${peerPort}`];
    const place = ['--name', name, '--data-dir', join(this.folder, name)];
    await this.etcdctl('snapshot', 'restore', snapshot, ...place, ...peers);
  }

  private get peers(): string {
    return this.members.map((member) => `${member.name}=http://127.0.0.1:${member.peerPort}`).join();
  }

  private argumentsOf({ name, clientPort, peerPort }: Member): string[] {
    const { tls, quotaBytes } = this.options;
    const { heartbeat, election } = pace[this.options.members ?? 1];
    const client = `${tls ? 'https' : 'http'}://127.0.0.1:${clientPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    return [
      ...['--name', name, '--data-dir', join(this.folder, name), '--logger', 'zap', '--log-outputs', 'stderr'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', this.peers],
      ...['--heartbeat-interval', String(heartbeat), '--election-timeout', String(election)],
      ...(quotaBytes === undefined ? [] : ['--quota-backend-bytes', String(quotaBytes)]),
      ...(tls === undefined ? [] : ['--cert-file', tls.certificate, '--key-file', tls.key]),
      ...(tls === undefined ? [] : ['--client-cert-auth', '--trusted-ca-file', tls.clientAuthority]),
    ];
  }
}

/** A copy without the space that etcd has reserved at the end of its log. Whole pages stay: the database is a file of them. */
function withoutZeros(bytes: Buffer): Uint8Array {
  const page = 4_096;
  const zeros = Buffer.alloc(page);
  let end = bytes.length;
  while (end > page && end % page === 0 && bytes.subarray(end - page, end).equals(zeros)) end -= page;
  return Uint8Array.from(bytes.subarray(0, end));
}
