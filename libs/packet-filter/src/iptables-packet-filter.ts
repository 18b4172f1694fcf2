import type { Processes } from '@orrery/runtime';
import { type Jump, type PacketFilter, PacketFilterError, type Table } from './packet-filter.ts';

/** Seconds that a command waits while another program holds the packet filter's lock. */
const lockWait = '5';

/** The packet filter through Debian's `iptables`, in the network namespace of this process or, with `prefix`, in another one. */
export class IptablesPacketFilter implements PacketFilter {
  /** `prefix`: a command that runs its arguments elsewhere, such as `ip netns exec NAME`. */
  constructor(
    private readonly processes: Processes,
    private readonly prefix: readonly string[] = [],
  ) {}

  async chains(table: Table): Promise<string[]> {
    const saved = await this.run(['iptables-save', '-t', table]);
    return [...saved.matchAll(/^:(\S+) /gm)].map((match) => match[1] ?? '');
  }

  async restore(input: string): Promise<void> {
    await this.run(['iptables-restore', '--noflush', '--wait', lockWait], input);
  }

  async ensureJump({ table, chain, rule }: Jump): Promise<void> {
    if (await this.holds(table, chain, rule)) return;
    await this.run(['iptables', '--wait', lockWait, '-t', table, '-I', chain, '1', ...rule]);
  }

  async removeJump({ table, chain, rule }: Jump): Promise<void> {
    while (await this.holds(table, chain, rule)) {
      await this.run(['iptables', '--wait', lockWait, '-t', table, '-D', chain, ...rule]);
    }
  }

  /** `-C` fails as well when the jump's target does not exist, which also means that there is no such rule. */
  private async holds(table: Table, chain: string, rule: readonly string[]): Promise<boolean> {
    const { exitCode } = await this.start(['iptables', '--wait', lockWait, '-t', table, '-C', chain, ...rule]);
    return exitCode === 0;
  }

  private async run(command: readonly string[], input?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.start(command, input);
    if (exitCode !== 0) throw new PacketFilterError(command.join(' '), stderr);
    return stdout;
  }

  private start(command: readonly string[], input?: string) {
    const [program = '', ...args] = [...this.prefix, ...command];
    return this.processes.run(program, args, input === undefined ? {} : { input });
  }
}
