import { existsSync, readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { systemProcesses } from '@orrery/runtime';

/** Addresses that are reserved for tests of networks (RFC 2544); one /24 of them is ours. */
const range = '198.18';
const namespacePrefix = 'orf';

/** Which packets a cut drops. `in`: those to the member. */
export type Direction = 'in' | 'out' | 'both';
/** Whom a cut member does not reach: the broker, so that it is alone but clients still come to it, or nobody at all. */
export type Peers = 'broker' | 'everybody';

/** A network namespace for the broker and one for each member, joined by a bridge in the broker's, with a leg into the test's own namespace. */
export class TestNetwork {
  private constructor(
    private readonly id: string,
    private readonly subnet: string,
    private readonly names: readonly string[],
  ) {}

  /** On failure nothing is left behind. Namespaces of tests that were killed are removed first. */
  static async make(names: readonly string[]): Promise<TestNetwork> {
    await removeAbandoned();
    const network = new TestNetwork(`${namespacePrefix}${process.pid}`, freeSubnet(), names);
    try {
      await network.#make();
    } catch (error) {
      await network.remove();
      throw error;
    }
    return network;
  }

  get brokerAddress(): string {
    return `${this.subnet}.1`;
  }

  get brokerLauncher(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#hub];
  }

  addressOf(member: string): string {
    return `${this.subnet}.${10 + this.#position(member)}`;
  }

  launcherOf(member: string): readonly string[] {
    return ['ip', 'netns', 'exec', this.#namespaceOf(member)];
  }

  /** Drops packets in the member's namespace, without a word to either side, until `heal`. Cuts add up. */
  async cut(member: string, peers: Peers, direction: Direction): Promise<void> {
    const drop = (chain: 'INPUT' | 'OUTPUT', device: string, peer: string): Promise<void> => {
      const who = peers === 'broker' ? [peer, this.brokerAddress] : [];
      return this.#inMember(member, 'iptables', '-w', '-A', chain, '!', device, 'lo', ...who, '-j', 'DROP');
    };
    if (direction !== 'out') await drop('INPUT', '-i', '-s');
    if (direction !== 'in') await drop('OUTPUT', '-o', '-d');
  }

  /** Everybody is reached again. */
  async heal(member: string): Promise<void> {
    await this.#inMember(member, 'iptables', '-w', '-F');
  }

  /** Takes the member's cable out, or puts it in again. */
  async setCable(member: string, state: 'in' | 'out'): Promise<void> {
    await must('ip', '-n', this.#hub, 'link', 'set', this.#cableOf(member), state === 'in' ? 'up' : 'down');
  }

  /** The namespaces take their interfaces and rules with them. */
  async remove(): Promise<void> {
    const existing = namespaces();
    for (const name of [...this.names.map((member) => this.#namespaceOf(member)), this.#hub]) {
      if (existing.includes(name)) await must('ip', 'netns', 'del', name);
    }
  }

  async #make(): Promise<void> {
    const hub = this.#hub;
    const leg = `${this.id}h`;
    await must('ip', 'netns', 'add', hub);
    await must('ip', '-n', hub, 'link', 'set', 'lo', 'up');
    await must('ip', '-n', hub, 'link', 'add', 'bridge', 'type', 'bridge');
    await must('ip', '-n', hub, 'addr', 'add', `${this.brokerAddress}/24`, 'dev', 'bridge');
    await must('ip', '-n', hub, 'link', 'set', 'bridge', 'up');
    await must('ip', 'link', 'add', leg, 'type', 'veth', 'peer', 'name', 'clients', 'netns', hub);
    await must('ip', 'addr', 'add', `${this.subnet}.254/24`, 'dev', leg);
    await must('ip', 'link', 'set', leg, 'up');
    await this.#plugIn('clients');
    for (const member of this.names) await this.#join(member);
  }

  async #join(member: string): Promise<void> {
    const namespace = this.#namespaceOf(member);
    const cable = this.#cableOf(member);
    const address = `${this.addressOf(member)}/24`;
    await must('ip', 'netns', 'add', namespace);
    await must('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    await must(
      'ip',
      'link',
      'add',
      cable,
      'netns',
      this.#hub,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      namespace,
    );
    await must('ip', '-n', namespace, 'addr', 'add', address, 'dev', 'eth0');
    await must('ip', '-n', namespace, 'link', 'set', 'eth0', 'up');
    await this.#plugIn(cable);
  }

  async #plugIn(cable: string): Promise<void> {
    await must('ip', '-n', this.#hub, 'link', 'set', cable, 'master', 'bridge', 'up');
  }

  async #inMember(member: string, ...command: readonly string[]): Promise<void> {
    await must('ip', 'netns', 'exec', this.#namespaceOf(member), ...command);
  }

  get #hub(): string {
    return `${this.id}-hub`;
  }

  #namespaceOf(member: string): string {
    return `${this.id}-${this.#position(member)}`;
  }

  #cableOf(member: string): string {
    return `member${this.#position(member)}`;
  }

  #position(member: string): number {
    const at = this.names.indexOf(member);
    if (at < 0) throw new Error(`${member} is not on this network`);
    return at;
  }
}

/** Namespaces of processes that are no more. */
async function removeAbandoned(): Promise<void> {
  for (const name of namespaces()) {
    const [, owner] = new RegExp(`^${namespacePrefix}(\\d+)-`).exec(name) ?? [];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) await must('ip', 'netns', 'del', name);
  }
}

function namespaces(): string[] {
  const folder = '/run/netns';
  return existsSync(folder) ? readdirSync(folder) : [];
}

function freeSubnet(): string {
  const used = Object.values(networkInterfaces()).flatMap((of) => (of ?? []).map(({ address }) => address));
  for (let third = 0; third < 256; third++) {
    const subnet = `${range}.${third}`;
    if (!used.some((address) => address.startsWith(`${subnet}.`))) return subnet;
  }
  throw new Error(`all of ${range}.0.0/16 is taken`);
}

async function must(command: string, ...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await systemProcesses.run(command, args);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
