import type { PacketFilter } from '@orrery/packet-filter';

/** Configuration of the proxy of one node. */
export interface KubeProxyConfig {
  readonly nodeName: string;
  /** `none`: services have addresses, but nothing on this node carries traffic to them (simulated nodes). */
  readonly mode: 'iptables' | 'none';
  /** IPv4 CIDR of all pods. */
  readonly clusterCidr: string;
  /** Default: iptables in this process' network namespace. */
  readonly packetFilter?: PacketFilter;
}
