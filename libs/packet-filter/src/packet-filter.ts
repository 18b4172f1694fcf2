export type Table = 'nat' | 'filter' | 'mangle';

/** A rule in one of the kernel's own chains that leads into a chain of ours; put first in its chain. */
export interface Jump {
  readonly table: Table;
  readonly chain: string;
  /** The rule as iptables arguments, `-j` included, without the chain: `-m comment --comment "x" -j KUBE-SERVICES`. */
  readonly rule: readonly string[];
}

/** The packet filter of one network namespace, IPv4. Failures are `PacketFilterError`. */
export interface PacketFilter {
  /** Names of the chains that a table has now. */
  chains(table: Table): Promise<string[]>;
  /** Applies `iptables-restore` input: the chains declared in it are replaced as a whole, others stay. All or nothing for each table. */
  restore(input: string): Promise<void>;
  /** Adds the jump unless it is there. Its target must exist. */
  ensureJump(jump: Jump): Promise<void>;
  /** Removes the jump; nothing happens where there is none. */
  removeJump(jump: Jump): Promise<void>;
}

/** The packet filter refused a change; nothing of the table in question was changed. */
export class PacketFilterError extends Error {
  override readonly name = 'PacketFilterError';
  constructor(
    readonly command: string,
    readonly output: string,
    options?: ErrorOptions,
  ) {
    super(`${command} failed: ${output.trim()}`, options);
  }
}

/** Takes away chains of ours: `owned` tells them by name. Jumps into them must have been removed before. */
export async function removeChains(
  filter: PacketFilter,
  tables: readonly Table[],
  owned: (chain: string) => boolean,
): Promise<void> {
  for (const table of tables) {
    const ours = (await filter.chains(table)).filter(owned);
    if (ours.length === 0) continue;
    const flush = ours.map((chain) => `:${chain} - [0:0]`);
    const remove = ours.map((chain) => `-X ${chain}`);
    await filter.restore([`*${table}`, ...flush, ...remove, 'COMMIT', ''].join('\n'));
  }
}
