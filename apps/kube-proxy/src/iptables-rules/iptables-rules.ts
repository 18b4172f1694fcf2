import { type Endpoint, usableEndpoints } from '../endpoints/endpoints.ts';
import type { ServicePort, ServicePortName } from '../service-ports/service-ports.ts';
import { clusterChain, endpointChain, externalChain, localChain } from './chain-names.ts';
import { masqueradeMark } from './fixed-chains.ts';

/** What the rules of a node are made from. */
export interface RuleInput {
  readonly ports: readonly ServicePort[];
  readonly endpoints: ReadonlyMap<ServicePortName, readonly Endpoint[]>;
  /** Pod addresses: what comes from elsewhere to a cluster IP is masqueraded. */
  readonly clusterCidr: string;
  /** Chains for services and endpoints that exist and may have become superfluous. */
  readonly existingChains: readonly string[];
}

/** Chain declarations and rules of one table, in the order in which they are evaluated. */
interface TableRules {
  readonly chains: Set<string>;
  readonly rules: string[];
}

/** The whole of kube-proxy's rules as `iptables-restore --noflush` input. Structure and names of chains are upstream's. */
export function iptablesRules(input: RuleInput): string {
  const filter: TableRules = { chains: new Set(['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-FORWARD']), rules: [] };
  const nat: TableRules = {
    chains: new Set(['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-MARK-MASQ']),
    rules: [],
  };
  filter.rules.push(
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    `-A KUBE-FORWARD ${comment('kubernetes forwarding rules')} -m mark --mark ${masqueradeMark}/${masqueradeMark} -j ACCEPT`,
    `-A KUBE-FORWARD ${comment('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
  nat.rules.push(
    `-A KUBE-POSTROUTING -m mark ! --mark ${masqueradeMark}/${masqueradeMark} -j RETURN`,
    `-A KUBE-POSTROUTING -j MARK --xor-mark ${masqueradeMark}`,
    `-A KUBE-POSTROUTING ${comment('kubernetes service traffic requiring SNAT')} -j MASQUERADE`,
    `-A KUBE-MARK-MASQ -j MARK --or-mark ${masqueradeMark}`,
  );
  for (const port of input.ports) {
    const endpoints = usableEndpoints(input.endpoints.get(port.name) ?? []);
    const local = endpoints.filter((endpoint) => endpoint.local);
    addPort({ filter, nat }, port, endpoints, local, input.clusterCidr);
  }
  nat.rules.push(
    `-A KUBE-SERVICES ${comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} ` +
      '-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
  );
  const stale = input.existingChains.filter((chain) => !nat.chains.has(chain));
  return `${table('filter', filter, [])}${table('nat', nat, stale)}`;
}

function addPort(
  { filter, nat }: { filter: TableRules; nat: TableRules },
  port: ServicePort,
  endpoints: readonly Endpoint[],
  local: readonly Endpoint[],
  clusterCidr: string,
): void {
  const inside = port.internalLocal ? local : endpoints;
  const outside = port.externalLocal ? local : endpoints;
  const insideChain = port.internalLocal ? localChain(port) : clusterChain(port);
  const fromOutside = port.nodePort > 0 || port.externalIps.length > 0;
  const destination = `-d ${port.clusterIp} --dport ${port.port}`;

  if (inside.length > 0) {
    const rule = `${comment(`${port.name} cluster IP`)} ${match(port)} ${destination}`;
    nat.rules.push(`-A KUBE-SERVICES ${rule} -j ${insideChain}`);
  } else {
    const why = endpoints.length > 0 ? 'has no local endpoints' : 'has no endpoints';
    const target = endpoints.length > 0 ? 'DROP' : 'REJECT';
    filter.rules.push(`-A KUBE-SERVICES ${comment(`${port.name} ${why}`)} ${match(port)} ${destination} -j ${target}`);
  }
  if (fromOutside) addOutside({ filter, nat }, port, endpoints, outside);
  if (endpoints.length === 0) return;

  const needsCluster = !port.internalLocal || fromOutside;
  if (needsCluster) addSpreading(nat, clusterChain(port), port, endpoints, clusterCidr);
  if ((port.internalLocal || (port.externalLocal && fromOutside)) && local.length > 0) {
    addSpreading(nat, localChain(port), port, local, clusterCidr);
  }
  if (fromOutside && outside.length > 0) addExternalChain(nat, port, clusterCidr);
  const used = needsCluster ? endpoints : local;
  for (const endpoint of used) addEndpoint(nat, port, endpoint);
}

/** Node ports, external and load balancer addresses. */
function addOutside(
  { filter, nat }: { filter: TableRules; nat: TableRules },
  port: ServicePort,
  endpoints: readonly Endpoint[],
  outside: readonly Endpoint[],
): void {
  const why = endpoints.length > 0 ? 'has no local endpoints' : 'has no endpoints';
  const target = endpoints.length > 0 ? 'DROP' : 'REJECT';
  for (const ip of port.externalIps) {
    const rule = `${match(port)} -d ${ip} --dport ${port.port}`;
    if (outside.length > 0)
      nat.rules.push(`-A KUBE-SERVICES ${comment(`${port.name} external IP`)} ${rule} -j ${externalChain(port)}`);
    else filter.rules.push(`-A KUBE-SERVICES ${comment(`${port.name} ${why}`)} ${rule} -j ${target}`);
  }
  if (port.nodePort === 0) return;
  const rule = `${match(port)} --dport ${port.nodePort}`;
  if (outside.length > 0) nat.rules.push(`-A KUBE-NODEPORTS ${comment(port.name)} ${rule} -j ${externalChain(port)}`);
  else filter.rules.push(`-A KUBE-NODEPORTS ${comment(`${port.name} ${why}`)} ${rule} -j ${target}`);
}

/** With `externalTrafficPolicy: Local` the client's address is kept, and only endpoints of this node answer clients from outside. */
function addExternalChain(nat: TableRules, port: ServicePort, clusterCidr: string): void {
  const chain = externalChain(port);
  nat.chains.add(chain);
  if (!port.externalLocal) {
    nat.rules.push(
      `-A ${chain} ${comment(`masquerade traffic for ${port.name} external destinations`)} -j KUBE-MARK-MASQ`,
      `-A ${chain} -j ${clusterChain(port)}`,
    );
    return;
  }
  const local = '-m addrtype --src-type LOCAL';
  nat.rules.push(
    `-A ${chain} ${comment(`pod traffic for ${port.name} external destinations`)} -s ${clusterCidr} -j ${clusterChain(port)}`,
    `-A ${chain} ${comment(`masquerade LOCAL traffic for ${port.name} external destinations`)} ${local} -j KUBE-MARK-MASQ`,
    `-A ${chain} ${comment(`route LOCAL traffic for ${port.name} external destinations`)} ${local} -j ${clusterChain(port)}`,
    `-A ${chain} -j ${localChain(port)}`,
  );
}

/** A chain that picks one of `endpoints`: with affinity the client's last one, otherwise each with the same probability. */
function addSpreading(
  nat: TableRules,
  chain: string,
  port: ServicePort,
  endpoints: readonly Endpoint[],
  clusterCidr: string,
): void {
  nat.chains.add(chain);
  nat.rules.push(
    `-A ${chain} ${comment(`${port.name} cluster IP`)} ${match(port)} -d ${port.clusterIp} --dport ${port.port} ! -s ${clusterCidr} -j KUBE-MARK-MASQ`,
  );
  if (port.affinitySeconds > 0) {
    for (const endpoint of endpoints) {
      const target = endpointChain(port, endpoint);
      nat.rules.push(
        `-A ${chain} ${arrow(port, endpoint)} -m recent --name ${target} --rcheck --seconds ${port.affinitySeconds} --reap -j ${target}`,
      );
    }
  }
  endpoints.forEach((endpoint, index) => {
    const left = endpoints.length - index;
    const chance = left > 1 ? `-m statistic --mode random --probability ${(1 / left).toFixed(10)} ` : '';
    nat.rules.push(`-A ${chain} ${arrow(port, endpoint)} ${chance}-j ${endpointChain(port, endpoint)}`);
  });
}

/** A pod that reaches itself through its service is masqueraded, or it would answer itself past the translation. */
function addEndpoint(nat: TableRules, port: ServicePort, endpoint: Endpoint): void {
  const chain = endpointChain(port, endpoint);
  if (nat.chains.has(chain)) return;
  nat.chains.add(chain);
  const affinity = port.affinitySeconds > 0 ? `-m recent --name ${chain} --set ` : '';
  nat.rules.push(
    `-A ${chain} ${comment(port.name)} -s ${endpoint.ip} -j KUBE-MARK-MASQ`,
    `-A ${chain} ${comment(port.name)} ${affinity}${match(port)} -j DNAT --to-destination ${endpoint.ip}:${endpoint.port}`,
  );
}

function table(name: string, { chains, rules }: TableRules, stale: readonly string[]): string {
  const declared = [...chains, ...stale].map((chain) => `:${chain} - [0:0]`);
  const removed = stale.map((chain) => `-X ${chain}`);
  return `${[`*${name}`, ...declared, ...rules, ...removed, 'COMMIT'].join('\n')}\n`;
}

const comment = (text: string): string => `-m comment --comment "${text}"`;
const match = (port: ServicePort): string => `-p ${port.protocol} -m ${port.protocol}`;
const arrow = (port: ServicePort, endpoint: Endpoint): string =>
  comment(`${port.name} -> ${endpoint.ip}:${endpoint.port}`);
