import type { DynamicModule } from '@nestjs/common';
import { BusApiClient, createInformers } from '@orrery/client';
import { IptablesPacketFilter } from '@orrery/packet-filter';
import { systemProcesses } from '@orrery/runtime';
import { contextProviders, type Service, type ServiceContext } from '@orrery/service';
import { IpNodeNetwork } from './node-network/ip-node-network.ts';
import { PodNetworkAgent } from './pod-network-agent/pod-network-agent.ts';
import type { PodNetworkConfig } from './pod-network-config.ts';

class PodNetworkModule {}

function agent(config: PodNetworkConfig, { bus, subjects, host }: ServiceContext): PodNetworkAgent {
  const api = new BusApiClient(bus, subjects, `system:node:${config.nodeName}`, { timers: host.timers });
  return new PodNetworkAgent(config, {
    host,
    informers: createInformers({ api, bus, subjects, host }),
    network: config.network ?? new IpNodeNetwork(systemProcesses),
    packetFilter: config.packetFilter ?? new IptablesPacketFilter(systemProcesses),
  });
}

/** Gives the pods of a node their network: the part that a CNI network agent has elsewhere. */
export const podNetworkService: Service<PodNetworkConfig> = {
  name: 'pod-network',
  module: (config, context): DynamicModule => ({
    module: PodNetworkModule,
    providers: [
      ...contextProviders(config, context),
      ...(config.mode === 'bridge' ? [{ provide: PodNetworkAgent, useFactory: () => agent(config, context) }] : []),
    ],
  }),
};
