import type { CriEndpoint } from '@orrery/cri';
import type { Disk, Milliseconds } from '@orrery/runtime';
import type { Machine } from './node/machine.ts';
import type { ProbeNetwork } from './probes/probe-network.ts';
import type { VolumeDriver } from './volumes/volume-driver.ts';

/** What a launcher tells a kubelet. */
export interface KubeletConfig {
  readonly nodeName: string;
  readonly nodeIp: string;
  /** Labels of the node besides the standard ones; kept up to date on an existing node. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly cri: CriEndpoint;
  /** Absolute folder for the pods' volumes. */
  readonly folder: string;
  /** Rooted at `podLogsFolder`. */
  readonly podLogs: Disk;
  /** Absolute; the runtime writes containers' logs there. */
  readonly podLogsFolder: string;
  readonly volumes: VolumeDriver;
  /** Where the facts about the machine come from. Default: the machine that this runs on. */
  readonly machine?: Machine;
  /** How probes and hooks reach pods. Default: the machine's network. */
  readonly probeNetwork?: ProbeNetwork;
  /** The kubelet's API for logs, exec, attach and port-forward; without it nothing listens. */
  readonly https?: KubeletHttpsConfig;
  /** Stands in for the machine's own, resource by resource: cpu, memory, pods, ephemeral-storage. */
  readonly capacity?: Readonly<Record<string, string>>;
  /** DNS servers of pods with policy ClusterFirst. Default none: such pods get the machine's. */
  readonly clusterDns?: readonly string[];
  /** Default `cluster.local`. */
  readonly clusterDomain?: string;
  /** Default 10,000. */
  readonly nodeStatusIntervalMs?: Milliseconds;
  /** Default 10,000. */
  readonly leaseIntervalMs?: Milliseconds;
}

/** All PEM. Clients need a certificate of `clientCertificateAuthority`. */
export interface KubeletHttpsConfig {
  readonly bindAddress: string;
  /** 0: a free one, which the node object then tells. */
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  readonly clientCertificateAuthority: string;
}
