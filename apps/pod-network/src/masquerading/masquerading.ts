import { type Jump, type PacketFilter, removeChains } from '@orrery/packet-filter';

const forwardChain = 'ORRERY-FORWARD';
const postroutingChain = 'ORRERY-POSTROUTING';

const jumps: readonly Jump[] = [
  { table: 'filter', chain: 'FORWARD', rule: ['-m', 'comment', '--comment', 'orrery pod traffic', '-j', forwardChain] },
  {
    table: 'nat',
    chain: 'POSTROUTING',
    rule: ['-m', 'comment', '--comment', 'orrery pod traffic', '-j', postroutingChain],
  },
];

/** Rules as `iptables-restore --noflush` input: pods may be forwarded to, and leave the cluster with the node's address. */
export function masqueradingRules(podCidr: string, clusterCidr: string): string {
  return `*filter
:${forwardChain} - [0:0]
-A ${forwardChain} -s ${clusterCidr} -j ACCEPT
-A ${forwardChain} -d ${clusterCidr} -j ACCEPT
COMMIT
*nat
:${postroutingChain} - [0:0]
-A ${postroutingChain} -s ${podCidr} ! -d ${clusterCidr} -j MASQUERADE
COMMIT
`;
}

export async function applyMasquerading(filter: PacketFilter, podCidr: string, clusterCidr: string): Promise<void> {
  await filter.restore(masqueradingRules(podCidr, clusterCidr));
  for (const jump of jumps) await filter.ensureJump(jump);
}

export async function removeMasquerading(filter: PacketFilter): Promise<void> {
  for (const jump of jumps) await filter.removeJump(jump);
  await removeChains(filter, ['filter', 'nat'], (chain) => chain === forwardChain || chain === postroutingChain);
}
