import { CriError, namespaceModes } from '@orrery/cri';
import type { Host } from '@orrery/runtime';
import type { ContainerExit, ContainerRecord, CreatedContainer, SandboxRecord } from '../cri-service/records.ts';
import type {
  ContainerPlan,
  ContainerUsage,
  ExecCommand,
  PortIo,
  ProcessIo,
  RuntimeDriver,
} from '../cri-service/runtime-driver.ts';
import { readContainerScript } from './container-script.ts';
import { type HostFolder, pathOnDisk } from './host-folder.ts';
import { PodAddressPool } from './pod-address-pool.ts';
import { SimulatedContainer } from './simulated-container.ts';
import { SimulatedImages } from './simulated-images.ts';
import { SimulatedLog } from './simulated-log.ts';
import { ConnectionRefusedError, type SimulatedNetwork } from './simulated-network.ts';
import { simulatedWorld } from './simulated-world.ts';

export interface SimulatedDriverOptions {
  /** Of this node; `undefined` until the control plane says it through CRI. */
  readonly podCidr: string | undefined;
  readonly network: SimulatedNetwork;
  /** Where container logs go; nowhere when absent. */
  readonly logs: HostFolder | undefined;
  /** Where mounted files are read from; mounts are empty when absent. */
  readonly volumes: HostFolder | undefined;
}

/** Pods with scripted behaviour: no root, no images, no resource of the operating system. Nothing survives its process. */
export class SimulatedDriver implements RuntimeDriver {
  readonly runtimeName = 'orrery-simulated';
  readonly runtimeVersion = '0.1.0';
  readonly durable = false;
  readonly images: SimulatedImages;
  private readonly containers = new Map<string, SimulatedContainer>();
  private readonly containersOfSandbox = new Map<string, Set<string>>();
  private addresses: PodAddressPool | undefined;

  constructor(
    private readonly host: Host,
    private readonly options: SimulatedDriverOptions,
  ) {
    this.images = new SimulatedImages(host);
    if (options.podCidr) this.addresses = new PodAddressPool(options.podCidr);
  }

  async start(): Promise<void> {}

  /** The process ends, and with it everything that it pretended. */
  async stop(): Promise<void> {
    for (const container of this.containers.values()) container.signal('SIGKILL');
  }

  async networkProblem(): Promise<string | undefined> {
    return this.addresses ? undefined : 'no pod CIDR has been assigned to this node';
  }

  setPodCidr(podCidr: string): void {
    if (this.addresses?.podCidr !== podCidr) this.addresses = new PodAddressPool(podCidr);
  }

  async createSandbox(sandbox: SandboxRecord): Promise<{ ips: readonly string[] }> {
    const mode = sandbox.config.linux?.securityContext?.namespaceOptions?.network ?? namespaceModes.pod;
    if (mode === namespaceModes.node) return { ips: [] };
    if (!this.addresses)
      throw new CriError('unknown', 'failed to setup network for sandbox: no pod CIDR has been assigned to this node');
    const ip = this.addresses.take();
    this.options.network.join(ip, {
      hostname: sandbox.config.hostname || sandbox.config.metadata?.name || '',
      answers: () => this.podAnswers(sandbox.id),
    });
    return { ips: [ip] };
  }

  async isSandboxAlive(): Promise<boolean> {
    return true;
  }

  async stopSandbox(sandbox: SandboxRecord): Promise<void> {
    if (sandbox.phase !== 'ready') return;
    for (const ip of sandbox.ips) {
      this.options.network.leave(ip);
      this.addresses?.giveBack(ip);
    }
  }

  async removeSandbox(sandbox: SandboxRecord): Promise<void> {
    this.containersOfSandbox.delete(sandbox.id);
  }

  async createContainer(plan: ContainerPlan, sandbox: SandboxRecord): Promise<CreatedContainer> {
    const reference = plan.config.image?.image ?? '';
    const image = await this.images.find(reference);
    if (!image) throw new CriError('notFound', `failed to get image from containerd "${reference}": not found`);
    const name = plan.config.metadata?.name ?? '';
    const script = readContainerScript(name, { ...sandbox.config.annotations, ...plan.config.annotations });
    const world = simulatedWorld(plan, sandbox, this.options.volumes);
    this.containers.set(plan.id, new SimulatedContainer(this.host, plan, script, world, this.openLog(plan.logPath)));
    const siblings = this.containersOfSandbox.get(sandbox.id) ?? new Set();
    this.containersOfSandbox.set(sandbox.id, siblings.add(plan.id));
    const context = plan.config.linux?.securityContext;
    return {
      imageId: image.id,
      imageRef: image.repoDigests[0] ?? image.id,
      stopSignal: 'SIGTERM',
      user: {
        uid: Number(context?.runAsUser?.value ?? 0n),
        gid: Number(context?.runAsGroup?.value ?? 0n),
        supplementalGroups: (context?.supplementalGroups ?? []).map(Number),
      },
    };
  }

  async startContainer(container: ContainerRecord): Promise<{ startedAt: bigint }> {
    const simulated = this.container(container);
    await simulated.start();
    return { startedAt: simulated.startedAt };
  }

  async waitContainer(container: ContainerRecord): Promise<ContainerExit> {
    return this.container(container).ended;
  }

  async signalContainer(container: ContainerRecord, signal: string): Promise<void> {
    this.container(container).signal(signal);
  }

  async removeContainer({ id }: Pick<ContainerRecord, 'id'>): Promise<void> {
    this.containers.delete(id);
    for (const siblings of this.containersOfSandbox.values()) siblings.delete(id);
  }

  async updateContainerResources(): Promise<void> {}

  async reopenContainerLog(container: ContainerRecord): Promise<void> {
    await this.container(container).reopenLog();
  }

  /** One hundredth of a core since the start. */
  async containerUsage(container: ContainerRecord): Promise<ContainerUsage> {
    const simulated = this.container(container);
    const ran = BigInt(Math.floor(this.host.clock.now())) * 1_000_000n - simulated.startedAt;
    const memory = simulated.running ? BigInt(simulated.script.memoryBytes) : 0n;
    return {
      cpuNanoseconds: simulated.running ? ran / 100n : 0n,
      memoryWorkingSetBytes: memory,
      memoryUsageBytes: memory,
      memoryRssBytes: memory,
      writableLayerBytes: 0n,
    };
  }

  async exec(container: ContainerRecord, command: ExecCommand, io: ProcessIo, signal: AbortSignal): Promise<number> {
    // How a kubelet in another process probes: see "simulated-probe" in the README.
    if (command.argv[0] === 'simulated-probe') return this.podAnswers(container.sandboxId) ? 0 : 1;
    return this.container(container).exec(command, io, signal);
  }

  attach(container: ContainerRecord, io: ProcessIo, signal: AbortSignal): Promise<void> {
    return this.container(container).attach(io, signal);
  }

  /** Every port answers the first thing it hears with the pod's name, by HTTP. */
  async portForward(sandbox: SandboxRecord, port: number, io: PortIo): Promise<void> {
    const pod = this.options.network.find(sandbox.ips[0] ?? '');
    if (!pod?.answers()) throw new ConnectionRefusedError('127.0.0.1', port);
    for await (const _request of io.incoming) {
      const body = `${pod.hostname}\n`;
      const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
      await io.outgoing(new TextEncoder().encode(answer));
      return;
    }
  }

  private podAnswers(sandboxId: string): boolean {
    const ids = [...(this.containersOfSandbox.get(sandboxId) ?? [])];
    const running = ids.flatMap((id) => this.containers.get(id) ?? []).filter((container) => container.running);
    return running.length > 0 && running.every((container) => container.ready);
  }

  private container({ id }: Pick<ContainerRecord, 'id'>): SimulatedContainer {
    const container = this.containers.get(id);
    if (!container) throw new CriError('notFound', `container "${id}" is not simulated here: not found`);
    return container;
  }

  private openLog(logPath: string): SimulatedLog | undefined {
    const { logs } = this.options;
    const path = logs && pathOnDisk(logs, logPath);
    return path === undefined
      ? undefined
      : new SimulatedLog(logs?.disk as HostFolder['disk'], path, this.host.clock, this.host.logger);
  }
}
