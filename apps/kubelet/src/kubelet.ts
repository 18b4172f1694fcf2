import { Node, Pod, Service } from '@orrery/api';
import type { Bus, Subjects } from '@orrery/bus';
import { ApiEventRecorder, BusApiClient, createInformers, type Informers } from '@orrery/client';
import type { Cri, CriEndpoint } from '@orrery/cri';
import { AbortedError, type Host } from '@orrery/runtime';
import type { HealthCheck } from '@orrery/service';
import { PodRuntime } from './cri/pod-runtime.ts';
import { PodEvents } from './events/pod-events.ts';
import { ImagePuller } from './images/image-puller.ts';
import type { KubeletConfig } from './kubelet-config.ts';
import type { MachineFacts } from './node/machine.ts';
import { NodeLease } from './node/node-lease.ts';
import { NodeRegistration } from './node/node-registration.ts';
import { nodeCapacity } from './node/node-status.ts';
import { PodCidrHandover } from './node/pod-cidr-handover.ts';
import { parseResolvConf } from './pod-workers/dns-config.ts';
import type { NodeContext } from './pod-workers/node-context.ts';
import { PodWorkers } from './pod-workers/pod-workers.ts';
import { StatusWriter } from './pod-workers/status-writer.ts';
import type { ProbeNetwork } from './probes/probe-network.ts';
import { bytesOf } from './resources/resource-amount.ts';
import { KubeletApi } from './server/kubelet-api.ts';
import { CachedObjects } from './volumes/cached-objects.ts';
import { PodFolders } from './volumes/pod-folders.ts';
import { PodVolumes } from './volumes/pod-volumes.ts';
import { ServiceAccountTokens } from './volumes/service-account-tokens.ts';

type CriConnection = Awaited<ReturnType<CriEndpoint['connect']>>;

/** A node: everything that runs there, put together. Started once and stopped once. */
export class Kubelet implements HealthCheck {
  readonly checkName = 'kubelet';
  private parts: RunningParts | undefined;
  private starting: Promise<void> | undefined;
  private readonly stopping = new AbortController();

  constructor(
    private readonly config: KubeletConfig,
    private readonly host: Host,
    private readonly bus: Bus,
    private readonly subjects: Subjects,
  ) {}

  /** Resolves when the node is registered and all its pods are looked after; rejects with `AbortedError` when it is stopped before. */
  start(): Promise<void> {
    this.starting ??= this.startParts();
    return this.starting;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    const parts = this.parts;
    this.parts = undefined;
    if (!parts) return;
    await parts.server?.stop();
    await parts.workers.stop();
    parts.statuses.stop();
    await parts.podCidr.stop();
    await Promise.all([parts.lease.stop(), parts.registration.stop()]);
    await parts.informers.stop();
    parts.cri.close();
  }

  health(): string | undefined {
    return this.parts ? undefined : 'the kubelet has not started';
  }

  /** What the HTTPS server serves; undefined before the start. */
  get api(): KubeletApi | undefined {
    return this.parts?.kubeletApi;
  }

  private async startParts(): Promise<void> {
    const { config, host, bus, subjects } = this;
    const api = new BusApiClient(bus, subjects, `system:node:${config.nodeName}`, {
      timers: host.timers,
      fieldManager: 'kubelet',
    });
    const events = new PodEvents(new ApiEventRecorder(api, host, { component: 'kubelet', hostName: config.nodeName }));
    const informers = createInformers({ api, bus, subjects, host });
    const fieldSelector = `spec.nodeName=${config.nodeName}`;
    const pods = informers.for(Pod, { fieldSelector, route: config.nodeName });
    const services = informers.for(Service);
    const node = informers.for(Node, { fieldSelector: `metadata.name=${config.nodeName}` });
    const cri = await config.cri.connect();
    const [runtimeVersion, facts] = await Promise.all([
      this.runtimeVersion(cri),
      this.machineFacts(),
      informers.start(),
    ]);
    if (this.stopping.signal.aborted) {
      await informers.stop();
      cri.close();
      throw new AbortedError('start of the kubelet');
    }
    const capacity = nodeCapacity(facts, config.capacity);
    const allocatable = capacity;
    const statuses = new StatusWriter(api, host.timers, host.logger);
    const objects = new CachedObjects(api, host.clock);
    const folders = new PodFolders(config.folder);
    const context: NodeContext = {
      host,
      api,
      events,
      cri,
      runtime: new PodRuntime(cri),
      runtimeName: runtimeVersion.name,
      images: new ImagePuller(cri, host.clock, events),
      volumes: new PodVolumes(config.volumes, folders, objects, new ServiceAccountTokens(api, host.clock)),
      volumeDriver: config.volumes,
      folders,
      objects,
      statuses,
      probeNetwork: config.probeNetwork ?? (await hostProbeNetwork()),
      podLogs: config.podLogs,
      sandbox: {
        podLogsFolder: config.podLogsFolder,
        nodeHostname: config.nodeName,
        clusterDns: config.clusterDns ?? [],
        clusterDomain: config.clusterDomain ?? 'cluster.local',
        machineDns: parseResolvConf(facts.resolvConf),
      },
      nodeIp: config.nodeIp,
      machineHosts: facts.hosts,
      allocatable,
      memoryCapacity: bytesOf(capacity.memory ?? '0'),
      services: () => services.lister.list(),
    };
    const workers = new PodWorkers(context, pods, () => registration.refresh());
    const kubeletApi = new KubeletApi(context, workers);
    const server = config.https ? await startServer(config.https, kubeletApi, config.podLogsFolder, host) : undefined;
    const registration: NodeRegistration = new NodeRegistration(host, api, cri, events, {
      nodeName: config.nodeName,
      nodeIp: config.nodeIp,
      labels: config.labels ?? {},
      facts,
      capacity,
      allocatable,
      runtimeVersion: `${runtimeVersion.name}://${runtimeVersion.version}`,
      kubeletPort: server?.port,
      statusIntervalMs: config.nodeStatusIntervalMs ?? 10_000,
      onRuntimeNotReady: () => podCidr.again(),
    });
    const lease = new NodeLease(host, api, config.nodeName, config.leaseIntervalMs ?? 10_000, () => registration.node);
    const podCidr: PodCidrHandover = new PodCidrHandover(node, cri, host.logger, () => registration.refresh());
    this.parts = { cri, informers, statuses, workers, registration, lease, podCidr, server, kubeletApi };
    podCidr.start();
    await Promise.all([registration.start(), workers.start()]);
    lease.start();
  }

  private async machineFacts(): Promise<MachineFacts> {
    if (this.config.machine) return this.config.machine.facts();
    const { HostMachine } = await import('./node/host-machine.driver.ts');
    return new HostMachine(this.config.folder).facts();
  }

  /** Waits for a runtime that is not there yet: the services of a node start in any order. */
  private async runtimeVersion(cri: Cri): Promise<{ name: string; version: string }> {
    for (let delay = 10; ; delay = Math.min(delay * 2, 500)) {
      try {
        const { runtimeName, runtimeVersion } = await cri.version({ version: '0.1.0' });
        return { name: runtimeName, version: runtimeVersion };
      } catch (error) {
        this.host.logger.debug('runtime not reached', { error });
        await this.host.timers.sleep(delay, this.stopping.signal);
      }
    }
  }
}

interface RunningParts {
  readonly cri: CriConnection;
  readonly informers: Informers;
  readonly statuses: StatusWriter;
  readonly workers: PodWorkers;
  readonly registration: NodeRegistration;
  readonly lease: NodeLease;
  readonly podCidr: PodCidrHandover;
  readonly server: { readonly port: number; stop(): Promise<void> } | undefined;
  readonly kubeletApi: KubeletApi;
}

async function hostProbeNetwork(): Promise<ProbeNetwork> {
  const { HostProbeNetwork } = await import('./probes/host-probe-network.driver.ts');
  return new HostProbeNetwork();
}

async function startServer(
  https: NonNullable<KubeletConfig['https']>,
  api: KubeletApi,
  podLogsFolder: string,
  host: Host,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const { KubeletServer } = await import('./server/kubelet-server.driver.ts');
  const server = new KubeletServer(https, api, podLogsFolder, host);
  await server.start();
  return server;
}
