import type { CriEndpoint } from '@orrery/cri';
import type { Disk } from '@orrery/runtime';
import type { SimulatedNetwork } from './simulated/simulated-network.ts';

export interface ContainerRuntimeConfig {
  /** Where a kubelet reaches the runtime. */
  readonly endpoint: CriEndpoint;
  readonly driver: SimulatedDriverConfig | RuncDriverConfig;
  /** Where exec, attach and port-forward connections are taken; without it they are not offered. Port 0: any. */
  readonly streaming: { readonly bindAddress: string; readonly port: number } | undefined;
  readonly nodeName: string;
}

export interface SimulatedDriverConfig {
  readonly kind: 'simulated';
  /** What the node's pods get addresses from; left out, the control plane's word is waited for. */
  readonly podCidr?: string;
  /** Shared by the simulated nodes of a process and by who probes their pods; left out, the node has one of its own. */
  readonly network?: SimulatedNetwork;
  /** Where the kubelet reads container logs; none are kept without it. Paths below `podLogsFolder` are on this disk, without that start. */
  readonly podLogs?: Disk;
  readonly podLogsFolder?: string;
  /** Where the kubelet puts volumes: what commands see of mounts. Paths below `podVolumesFolder` are on this disk, without that start. */
  readonly podVolumes?: Disk;
  readonly podVolumesFolder?: string;
}

/** Real containers: Linux and root. */
export interface RuncDriverConfig {
  readonly kind: 'runc';
  /** Absolute; images, root file systems and everything else that has to survive a restart. Not on overlayfs. */
  readonly folder: string;
  /** `runc` or `crun`, by name or absolute. */
  readonly runcPath: string;
  readonly cni: { readonly binFolders: readonly string[]; readonly configFolder: string };
  /** Cgroup of sandboxes for which the kubelet names none: `/orrery`. */
  readonly cgroupParent: string;
  /** Image archives that need no registry. */
  readonly archivesFolder: string;
  readonly registries?: RegistriesConfig;
}

export interface RegistriesConfig {
  /** Registry host → base URLs to ask before it, in order. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Hosts (with port) that are spoken to without TLS. Loopback ones always are. */
  readonly insecureHosts?: readonly string[];
}
