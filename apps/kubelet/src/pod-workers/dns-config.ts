import type { Pod } from '@orrery/api';
import type * as cri from '@orrery/proto/cri';

export interface DnsSettings {
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** The machine's own `/etc/resolv.conf`. */
  readonly machineDns: cri.DNSConfig;
}

const searchesMax = 32;

/** The pod's `/etc/resolv.conf` by its DNS policy, with its `dnsConfig` merged in. */
export function dnsConfig(pod: Pod, settings: DnsSettings): cri.DNSConfig {
  const base = policyConfig(pod, settings);
  const own = pod.spec.dnsConfig;
  if (!own) return base;
  const ownOptions = (own.options ?? []).map(({ name = '', value }) =>
    value === undefined ? name : `${name}:${value}`,
  );
  const overridden = new Set((own.options ?? []).map(({ name }) => name));
  return {
    servers: unique([...base.servers, ...(own.nameservers ?? [])]).slice(0, 3),
    searches: unique([...base.searches, ...(own.searches ?? [])]).slice(0, searchesMax),
    options: [...base.options.filter((option) => !overridden.has(option.split(':')[0])), ...ownOptions],
  };
}

/** Reads the text of a `resolv.conf`. */
export function parseResolvConf(text: string): cri.DNSConfig {
  const config: cri.DNSConfig = { servers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && words[0]) config.servers.push(words[0]);
    else if (keyword === 'search') config.searches = words.filter((word) => word !== '.');
    else if (keyword === 'options') config.options.push(...words);
  }
  return config;
}

function policyConfig({ spec, metadata }: Pod, { clusterDns, clusterDomain, machineDns }: DnsSettings): cri.DNSConfig {
  const policy = spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const clusterFirst = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !spec.hostNetwork);
  if (!clusterFirst || clusterDns.length === 0) return machineDns;
  const searches = [`${metadata.namespace ?? ''}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return {
    servers: [...clusterDns],
    searches: unique([...searches, ...machineDns.searches]).slice(0, searchesMax),
    options: ['ndots:5'],
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
