import { UnixSocketCriEndpoint } from '@orrery/cri';
import { FileDisk } from '@orrery/runtime';
import type { ServiceProcess } from '@orrery/service';
import type { ContainerRuntimeConfig, RuncDriverConfig } from './container-runtime.config.ts';
import { containerRuntimeService } from './container-runtime.ts';

/** The configuration as plain data. */
export interface ContainerRuntimeSettings extends Pick<ContainerRuntimeConfig, 'nodeName' | 'streaming'> {
  /** Unix socket to serve CRI v1 on, absolute. */
  readonly criSocket: string;
  readonly driver: RuncDriverConfig | SimulatedDriverSettings;
}

/** Simulated containers whose logs and volumes lie in folders that a kubelet in another process shares. All absolute. */
export interface SimulatedDriverSettings {
  readonly kind: 'simulated';
  readonly podLogsFolder: string;
  readonly podVolumesFolder: string;
}

/** The runtime as it stands in a configuration file. */
export const containerRuntimeProcess: ServiceProcess<ContainerRuntimeSettings, ContainerRuntimeConfig> = {
  service: containerRuntimeService,
  configure: ({ criSocket, driver, ...rest }) => ({
    ...rest,
    endpoint: new UnixSocketCriEndpoint(criSocket),
    driver:
      driver.kind === 'runc'
        ? driver
        : {
            ...driver,
            podLogs: new FileDisk(driver.podLogsFolder),
            podVolumes: new FileDisk(driver.podVolumesFolder),
          },
  }),
};
