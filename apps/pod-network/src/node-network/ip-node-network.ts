import type { Processes } from '@orrery/runtime';
import { type NodeNetwork, NodeNetworkError } from './node-network.ts';

/** The node's network through the `ip` command, in this process' network namespace or, with `prefix`, in another one. */
export class IpNodeNetwork implements NodeNetwork {
  /** `prefix`: a command that runs its arguments elsewhere, such as `ip netns exec NAME`. */
  constructor(
    private readonly processes: Processes,
    private readonly prefix: readonly string[] = [],
  ) {}

  async ensureBridge(name: string, address: string): Promise<void> {
    if (!(await this.hasLink(name))) await this.ip('link', 'add', name, 'type', 'bridge');
    await this.ip('address', 'replace', address, 'dev', name);
    await this.ip('link', 'set', name, 'up');
  }

  async ensureSink(name: string, cidrs: readonly string[], source: string): Promise<void> {
    // A bridge without ports leads nowhere, as a dummy device would; but every kernel that can run pods here has bridges.
    if (!(await this.hasLink(name))) await this.ip('link', 'add', name, 'type', 'bridge');
    await this.ip('link', 'set', name, 'up');
    for (const cidr of cidrs) await this.ip('route', 'replace', cidr, 'dev', name, 'src', source);
  }

  async ensureRoute(cidr: string, via: string): Promise<void> {
    await this.ip('route', 'replace', cidr, 'via', via);
  }

  async removeRoute(cidr: string): Promise<void> {
    const { stdout } = await this.start(['ip', 'route', 'show', 'exact', cidr]);
    if (stdout.trim() !== '') await this.ip('route', 'del', cidr);
  }

  async removeLink(name: string): Promise<void> {
    if (await this.hasLink(name)) await this.ip('link', 'del', name);
  }

  async setParameter(path: string, value: string): Promise<string> {
    const file = `/proc/sys/${path}`;
    const before = (await this.run(['cat', file])).trim();
    if (before !== value) await this.run(['sh', '-c', 'printf %s "$1" > "$2"', 'sh', value, file]);
    return before;
  }

  private async hasLink(name: string): Promise<boolean> {
    return (await this.start(['ip', 'link', 'show', name])).exitCode === 0;
  }

  private async ip(...args: readonly string[]): Promise<void> {
    await this.run(['ip', ...args]);
  }

  private async run(command: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.start(command);
    if (exitCode !== 0) throw new NodeNetworkError(command.join(' '), stderr);
    return stdout;
  }

  private start(command: readonly string[]) {
    const [program = '', ...args] = [...this.prefix, ...command];
    return this.processes.run(program, args);
  }
}
