import { FileDisk } from '@orrery/runtime';
import type { ServiceProcess } from '@orrery/service';
import { podNetworkService } from './pod-network.module.ts';
import type { PodNetworkConfig } from './pod-network-config.ts';

/** The configuration as plain data: folders by their absolute paths. */
export interface PodNetworkSettings
  extends Pick<
    PodNetworkConfig,
    'nodeName' | 'mode' | 'addressesFolder' | 'bridge' | 'sink' | 'clusterCidr' | 'serviceCidr'
  > {
  readonly cniConfigFolder: string;
}

/** The network agent as it stands in a configuration file. */
export const podNetworkProcess: ServiceProcess<PodNetworkSettings, PodNetworkConfig> = {
  service: podNetworkService,
  configure: ({ cniConfigFolder, ...rest }) => ({ ...rest, cniConfig: new FileDisk(cniConfigFolder) }),
};
