import type { HostAlias } from '@orrery/api';

const localEntries = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

export interface HostsFileInput {
  readonly podIps: readonly string[];
  readonly hostname: string;
  /** `<subdomain>.<namespace>.svc.<cluster domain>`, empty without a subdomain. */
  readonly domain: string;
  readonly aliases: readonly HostAlias[];
}

/** A pod's `/etc/hosts`, byte for byte as upstream writes it. */
export function hostsFile({ podIps, hostname, domain, aliases }: HostsFileInput): string {
  const names = domain === '' ? hostname : `${hostname}.${domain}\t${hostname}`;
  const own = podIps.map((ip) => `${ip}\t${names}`);
  return `# Kubernetes-managed hosts file.\n${[...localEntries, ...own].join('\n')}\n${aliasEntries(aliases)}`;
}

/** `/etc/hosts` of a pod on the host's network: the machine's own with the pod's aliases. */
export function hostNetworkHostsFile(machineHosts: string, aliases: readonly HostAlias[]): string {
  return `# Kubernetes-managed hosts file (host network).\n${machineHosts}${aliasEntries(aliases)}`;
}

function aliasEntries(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
}
