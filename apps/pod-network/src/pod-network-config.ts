import type { PacketFilter } from '@orrery/packet-filter';
import type { Disk } from '@orrery/runtime';
import type { NodeNetwork } from './node-network/node-network.ts';

/** Configuration of the network agent of one node. */
export interface PodNetworkConfig {
  readonly nodeName: string;
  /** `none`: pods of this node have no network of ours (simulated nodes). */
  readonly mode: 'bridge' | 'none';
  /** Where the container runtime looks for its network configuration: as a disk, for writing. */
  readonly cniConfig: Disk;
  /** Absolute path of the folder in which the address plugin keeps what it has given out. */
  readonly addressesFolder: string;
  /** Name of the bridge that pods are connected to. At most 15 characters. */
  readonly bridge: string;
  /** Name of the device that swallows what no route or rule has caught. At most 15 characters. */
  readonly sink: string;
  /** IPv4 CIDR of all pods, and of all cluster IPs. */
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  /** Default: the network namespace of this process. */
  readonly network?: NodeNetwork;
  readonly packetFilter?: PacketFilter;
}
