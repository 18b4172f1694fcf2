import type { Jump } from '@orrery/packet-filter';

/** Bit of the packet mark that says "masquerade this on its way out", upstream's default. */
export const masqueradeMark = '0x4000';

/** Chains of ours that always exist. */
export const fixedChains = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ', 'KUBE-FORWARD'];

const newConnections = ['-m', 'conntrack', '--ctstate', 'NEW'];

function jump(
  table: Jump['table'],
  chain: string,
  target: string,
  text: string,
  condition: readonly string[] = [],
): Jump {
  return { table, chain, rule: [...condition, '-m', 'comment', '--comment', text, '-j', target] };
}

/** Where the kernel's chains lead into ours. */
export const jumps: readonly Jump[] = [
  jump('filter', 'INPUT', 'KUBE-NODEPORTS', 'kubernetes health check service ports'),
  jump('filter', 'INPUT', 'KUBE-SERVICES', 'kubernetes service portals', newConnections),
  jump('filter', 'FORWARD', 'KUBE-FORWARD', 'kubernetes forwarding rules'),
  jump('filter', 'FORWARD', 'KUBE-SERVICES', 'kubernetes service portals', newConnections),
  jump('filter', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals', newConnections),
  jump('nat', 'OUTPUT', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('nat', 'PREROUTING', 'KUBE-SERVICES', 'kubernetes service portals'),
  jump('nat', 'POSTROUTING', 'KUBE-POSTROUTING', 'kubernetes postrouting rules'),
];
