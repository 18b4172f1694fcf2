import type { Host } from '@orrery/runtime';
import type { RuncDriverConfig, SimulatedDriverConfig } from './container-runtime.config.ts';
import type { RuntimeDriver } from './cri-service/runtime-driver.ts';
import type { HostFolder } from './simulated/host-folder.ts';
import { SimulatedDriver } from './simulated/simulated-driver.ts';
import { SimulatedNetwork } from './simulated/simulated-network.ts';

/** The driver that the configuration asks for. What only real containers need is loaded only for them. */
export async function createDriver(
  config: SimulatedDriverConfig | RuncDriverConfig,
  host: Host,
): Promise<RuntimeDriver> {
  if (config.kind === 'runc') {
    const { createRuncDriver } = await import('./runc/runc.driver.ts');
    return createRuncDriver(config, host);
  }
  return new SimulatedDriver(host, {
    podCidr: config.podCidr,
    network: config.network ?? new SimulatedNetwork(),
    logs: hostFolder(config.podLogs, config.podLogsFolder),
    volumes: hostFolder(config.podVolumes, config.podVolumesFolder),
  });
}

function hostFolder(disk: HostFolder['disk'] | undefined, folder: string | undefined): HostFolder | undefined {
  return disk && folder !== undefined ? { disk, folder: folder.replace(/\/+$/, '') } : undefined;
}
