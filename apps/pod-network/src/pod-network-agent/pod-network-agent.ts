import { Node } from '@orrery/api';
import type { Subscription } from '@orrery/bus';
import { CoalescedSync, type Informer, type Informers } from '@orrery/client';
import type { PacketFilter } from '@orrery/packet-filter';
import type { Host } from '@orrery/runtime';
import { gatewayInterface, gatewayOf } from '../addresses/addresses.ts';
import { cniConfiguration, cniFile } from '../cni-configuration/cni-configuration.ts';
import { applyMasquerading, removeMasquerading } from '../masquerading/masquerading.ts';
import type { NodeNetwork } from '../node-network/node-network.ts';
import type { PodNetworkConfig } from '../pod-network-config.ts';
import { planRoutes } from './plan-routes.ts';

/** What the agent changes, resolved from the configuration. */
export interface AgentParts {
  readonly informers: Informers;
  readonly network: NodeNetwork;
  readonly packetFilter: PacketFilter;
  readonly host: Host;
}

/** Kernel parameters that pods need: forwarding, and node ports on loopback addresses. */
const parameters: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '1',
  'net/ipv4/conf/all/route_localnet': '1',
};
/** What the parameters were before us, so that cleaning up can put them back. */
const parametersFile = 'kernel-parameters.json';

/** Connects the pods of one node: waits for the node's range of addresses, then keeps bridge, routes and CNI configuration. */
export class PodNetworkAgent {
  readonly checkName = 'pod network';
  private readonly nodes: Informer<Node>;
  private readonly sync: CoalescedSync;
  private subscription: Subscription | undefined;
  private connectedCidr: string | undefined;
  private routes = new Map<string, string>();

  constructor(
    private readonly config: PodNetworkConfig,
    private readonly parts: AgentParts,
  ) {
    this.nodes = parts.informers.for(Node);
    this.sync = new CoalescedSync(() => this.apply(), parts.host.timers, parts.host.logger);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.parts.informers.start();
    this.subscription = this.nodes.onChange(() => this.sync.request());
    this.sync.request();
  }

  /** Leaves the network in place: pods go on while the agent restarts. `cleanupPodNetwork` takes it away. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.subscription?.stop();
    await this.sync.stop();
    await this.parts.informers.stop();
  }

  health(): string | undefined {
    if (this.sync.problem !== undefined) return this.sync.problem;
    return this.connectedCidr === undefined ? `node ${this.config.nodeName} has no pod addresses yet` : undefined;
  }

  private async apply(): Promise<void> {
    const { nodeName } = this.config;
    const podCidr = this.nodes.lister.get({ namespace: '', name: nodeName })?.spec.podCIDR;
    if (podCidr === undefined) return;
    if (podCidr !== this.connectedCidr) await this.connect(podCidr);
    await this.updateRoutes();
  }

  private async connect(podCidr: string): Promise<void> {
    const { bridge, sink, clusterCidr, serviceCidr, cniConfig, addressesFolder } = this.config;
    const { network, packetFilter, host } = this.parts;
    await this.setParameters();
    await network.ensureBridge(bridge, gatewayInterface(podCidr));
    await network.ensureSink(sink, [clusterCidr, serviceCidr], gatewayOf(podCidr));
    await applyMasquerading(packetFilter, podCidr, clusterCidr);
    await cniConfig.writeFile(cniFile, Buffer.from(cniConfiguration({ bridge, podCidr, addressesFolder })));
    this.connectedCidr = podCidr;
    host.logger.info('pod network is ready', { podCidr, bridge });
  }

  /** The first agent on this machine remembers the values that it found; a restarted one must not take its own for them. */
  private async setParameters(): Promise<void> {
    const { network, host } = this.parts;
    const known = await host.disk.readFile(parametersFile);
    const before: Record<string, string> = {};
    for (const [path, value] of Object.entries(parameters)) before[path] = await network.setParameter(path, value);
    if (!known) await host.disk.writeFile(parametersFile, Buffer.from(JSON.stringify(before)));
  }

  private async updateRoutes(): Promise<void> {
    const { network } = this.parts;
    const wanted = planRoutes(this.nodes.lister.list(), this.config.nodeName);
    for (const [cidr, via] of wanted) {
      if (this.routes.get(cidr) !== via) await network.ensureRoute(cidr, via);
    }
    for (const cidr of this.routes.keys()) {
      if (!wanted.has(cidr)) await network.removeRoute(cidr);
    }
    this.routes = wanted;
  }
}

/** Takes away everything that an agent with this configuration has made; `host.disk` is the agent's own folder. */
export async function cleanupPodNetwork(
  config: Pick<PodNetworkConfig, 'bridge' | 'sink' | 'cniConfig'>,
  { network, packetFilter, host }: Omit<AgentParts, 'informers'>,
): Promise<void> {
  await removeMasquerading(packetFilter);
  await network.removeLink(config.bridge);
  await network.removeLink(config.sink);
  await config.cniConfig.remove(cniFile);
  const before = await host.disk.readFile(parametersFile);
  if (!before) return;
  const values = JSON.parse(Buffer.from(before).toString('utf8')) as Record<string, string>;
  for (const [path, value] of Object.entries(values)) await network.setParameter(path, value);
  await host.disk.remove(parametersFile);
}
