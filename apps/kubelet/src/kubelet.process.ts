import { UnixSocketCriEndpoint } from '@orrery/cri';
import { FileDisk } from '@orrery/runtime';
import type { ServiceProcess } from '@orrery/service';
import { kubeletService } from './kubelet.service.ts';
import type { KubeletConfig } from './kubelet-config.ts';
import { simulatedMachine } from './node/machine.ts';
import { SimulatedProbeNetwork } from './probes/simulated-probe-network.ts';
import { HostVolumes } from './volumes/host-volumes.driver.ts';

/** The configuration as plain data. */
export interface KubeletSettings
  extends Pick<
    KubeletConfig,
    | 'nodeName'
    | 'nodeIp'
    | 'labels'
    | 'folder'
    | 'podLogsFolder'
    | 'https'
    | 'capacity'
    | 'clusterDns'
    | 'clusterDomain'
    | 'nodeStatusIntervalMs'
    | 'leaseIntervalMs'
  > {
  /** Unix socket of a CRI v1 runtime, absolute. */
  readonly criSocket: string;
  /** The runtime's containers are simulated: they run on a machine that does not exist. */
  readonly simulated: boolean;
}

/** The kubelet as it stands in a configuration file. */
export const kubeletProcess: ServiceProcess<KubeletSettings, KubeletConfig> = {
  service: kubeletService,
  configure: ({ criSocket, simulated, ...rest }) => ({
    ...rest,
    cri: new UnixSocketCriEndpoint(criSocket),
    podLogs: new FileDisk(rest.podLogsFolder),
    volumes: new HostVolumes(),
    ...(simulated && {
      machine: simulatedMachine,
      probeNetwork: new SimulatedProbeNetwork(new UnixSocketCriEndpoint(criSocket)),
    }),
  }),
};
