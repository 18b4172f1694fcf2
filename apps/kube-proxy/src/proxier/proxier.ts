import { EndpointSlice, Service } from '@orrery/api';
import type { Subscription } from '@orrery/bus';
import { CoalescedSync, type Informer, type Informers } from '@orrery/client';
import { type PacketFilter, removeChains } from '@orrery/packet-filter';
import type { Host } from '@orrery/runtime';
import { endpointsByPort } from '../endpoints/endpoints.ts';
import { isDynamicChain } from '../iptables-rules/chain-names.ts';
import { fixedChains, jumps } from '../iptables-rules/fixed-chains.ts';
import { iptablesRules } from '../iptables-rules/iptables-rules.ts';
import { servicePorts } from '../service-ports/service-ports.ts';

/** What a proxier works with. */
export interface ProxierParts {
  readonly nodeName: string;
  readonly clusterCidr: string;
  readonly informers: Informers;
  readonly packetFilter: PacketFilter;
  readonly host: Host;
}

/** Keeps the node's packet filter as services and their endpoints want it. */
export class Proxier {
  readonly checkName = 'rules';
  private readonly services: Informer<Service>;
  private readonly slices: Informer<EndpointSlice>;
  private readonly sync: CoalescedSync;
  private subscriptions: Subscription[] = [];
  private applied = '';

  constructor(private readonly parts: ProxierParts) {
    this.services = parts.informers.for(Service);
    this.slices = parts.informers.for(EndpointSlice);
    this.sync = new CoalescedSync(() => this.apply(), parts.host.timers, parts.host.logger);
  }

  /** Resolves when the rules for what exists now are being applied. */
  async onApplicationBootstrap(): Promise<void> {
    await this.parts.informers.start();
    this.subscriptions = [
      this.services.onChange(() => this.sync.request()),
      this.slices.onChange(() => this.sync.request()),
    ];
    this.sync.request();
  }

  /** Leaves the rules in place: connections go on while the proxy restarts. `cleanupKubeProxy` takes them away. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
    await this.sync.stop();
    await this.parts.informers.stop();
  }

  health(): string | undefined {
    return this.sync.problem;
  }

  private async apply(): Promise<void> {
    const { packetFilter, nodeName, clusterCidr } = this.parts;
    const existingChains = (await packetFilter.chains('nat')).filter(isDynamicChain).sort();
    const rules = iptablesRules({
      ports: servicePorts(this.services.lister.list()),
      endpoints: endpointsByPort(this.slices.lister.list(), nodeName),
      clusterCidr,
      existingChains,
    });
    if (rules === this.applied) return;
    await packetFilter.restore(rules);
    for (const jump of jumps) await packetFilter.ensureJump(jump);
    this.applied = rules;
  }
}

/** Takes every rule and chain of kube-proxy away from a packet filter. */
export async function cleanupKubeProxy(packetFilter: PacketFilter): Promise<void> {
  for (const jump of jumps) await packetFilter.removeJump(jump);
  await removeChains(packetFilter, ['filter', 'nat'], (chain) => fixedChains.includes(chain) || isDynamicChain(chain));
}
