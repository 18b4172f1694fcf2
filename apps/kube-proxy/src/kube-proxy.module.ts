import type { DynamicModule } from '@nestjs/common';
import { BusApiClient, createInformers } from '@orrery/client';
import { IptablesPacketFilter } from '@orrery/packet-filter';
import { systemProcesses } from '@orrery/runtime';
import { contextProviders, type Service, type ServiceContext } from '@orrery/service';
import type { KubeProxyConfig } from './kube-proxy-config.ts';
import { Proxier } from './proxier/proxier.ts';

class KubeProxyModule {}

function proxier(config: KubeProxyConfig, { bus, subjects, host }: ServiceContext): Proxier {
  const api = new BusApiClient(bus, subjects, 'system:kube-proxy', { timers: host.timers });
  return new Proxier({
    host,
    nodeName: config.nodeName,
    clusterCidr: config.clusterCidr,
    informers: createInformers({ api, bus, subjects, host }),
    packetFilter: config.packetFilter ?? new IptablesPacketFilter(systemProcesses),
  });
}

/** Carries traffic to services: from a cluster IP or node port to one of the endpoints. */
export const kubeProxyService: Service<KubeProxyConfig> = {
  name: 'kube-proxy',
  module: (config, context): DynamicModule => ({
    module: KubeProxyModule,
    providers: [
      ...contextProviders(config, context),
      ...(config.mode === 'iptables' ? [{ provide: Proxier, useFactory: () => proxier(config, context) }] : []),
    ],
  }),
};
