import { type Cri, CriError } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { Host } from '@orrery/runtime';
import { ContainerOperations } from './container-operations.ts';
import { EventBroadcast } from './event-broadcast.ts';
import { ExecOperations } from './exec-operations.ts';
import { containerMatches } from './filters.ts';
import { ImageOperations } from './image-operations.ts';
import { RecordStore } from './record-store.ts';
import { nowNanoseconds, type RuntimeContext } from './runtime-context.ts';
import type { RuntimeDriver } from './runtime-driver.ts';
import { SandboxOperations } from './sandbox-operations.ts';
import { toContainerStats } from './status-messages.ts';
import type { StreamingSessions } from './streaming-sessions.ts';

/** CRI v1 over any driver. Call `start` before the first request. */
export class CriService implements Cri {
  private readonly context: RuntimeContext;
  private readonly sandboxes: SandboxOperations;
  private readonly containers: ContainerOperations;
  private readonly images: ImageOperations;
  private readonly commands: ExecOperations;

  constructor(host: Host, driver: RuntimeDriver, streaming: StreamingSessions | undefined) {
    const records = new RecordStore(driver.durable ? host.disk : undefined, host.logger);
    this.context = { host, driver, records, events: new EventBroadcast() };
    this.containers = new ContainerOperations(this.context);
    this.sandboxes = new SandboxOperations(this.context, this.containers);
    this.images = new ImageOperations(this.context);
    this.commands = new ExecOperations(this.context, this.containers, streaming);
  }

  /** Finds what earlier processes left running. */
  async start(): Promise<void> {
    await this.context.records.load();
    await this.context.driver.start();
    this.containers.recover();
    await this.sandboxes.recover();
  }

  async stop(): Promise<void> {
    await this.context.driver.stop();
  }

  async version(_request: cri.VersionRequest): Promise<cri.VersionResponse> {
    const { runtimeName, runtimeVersion } = this.context.driver;
    return { version: '0.1.0', runtimeName, runtimeVersion, runtimeApiVersion: 'v1' };
  }

  async status(_request: cri.StatusRequest): Promise<cri.StatusResponse> {
    const problem = await this.context.driver.networkProblem();
    return {
      status: {
        conditions: [
          { type: 'RuntimeReady', status: true, reason: '', message: '' },
          problem === undefined
            ? { type: 'NetworkReady', status: true, reason: '', message: '' }
            : {
                type: 'NetworkReady',
                status: false,
                reason: 'NetworkPluginNotReady',
                message: `Network plugin returns error: ${problem}`,
              },
        ],
      },
      info: {},
      runtimeHandlers: [{ name: '', features: { recursiveReadOnlyMounts: false, userNamespaces: false } }],
      features: { supplementalGroupsPolicy: false, userNamespacesHostNetwork: false },
    };
  }

  async runtimeConfig(_request: cri.RuntimeConfigRequest): Promise<cri.RuntimeConfigResponse> {
    return { linux: { cgroupDriver: 1 } };
  }

  async updateRuntimeConfig({ runtimeConfig }: cri.UpdateRuntimeConfigRequest) {
    const podCidr = runtimeConfig?.networkConfig?.podCidr;
    if (podCidr) this.context.driver.setPodCidr(podCidr);
    return {};
  }

  runPodSandbox = (request: cri.RunPodSandboxRequest) => this.sandboxes.run(request);
  stopPodSandbox = (request: cri.StopPodSandboxRequest) => this.sandboxes.stop(request);
  removePodSandbox = (request: cri.RemovePodSandboxRequest) => this.sandboxes.remove(request);
  podSandboxStatus = async (request: cri.PodSandboxStatusRequest) => this.sandboxes.status(request);
  listPodSandbox = async (request: cri.ListPodSandboxRequest) => this.sandboxes.list(request);

  createContainer = (request: cri.CreateContainerRequest) => this.containers.create(request);
  startContainer = (request: cri.StartContainerRequest) => this.containers.start(request);
  stopContainer = (request: cri.StopContainerRequest) => this.containers.stop(request);
  removeContainer = (request: cri.RemoveContainerRequest) => this.containers.remove(request);
  listContainers = async (request: cri.ListContainersRequest) => this.containers.list(request);
  containerStatus = async (request: cri.ContainerStatusRequest) => this.containers.status(request);
  updateContainerResources = (request: cri.UpdateContainerResourcesRequest) => this.containers.updateResources(request);
  reopenContainerLog = (request: cri.ReopenContainerLogRequest) => this.containers.reopenLog(request);

  execSync = (request: cri.ExecSyncRequest) => this.commands.execSync(request);
  exec = async (request: cri.ExecRequest) => this.commands.exec(request);
  attach = async (request: cri.AttachRequest) => this.commands.attach(request);
  portForward = async (request: cri.PortForwardRequest) => this.commands.portForward(request);

  listImages = (request: cri.ListImagesRequest) => this.images.list(request);
  imageStatus = (request: cri.ImageStatusRequest) => this.images.status(request);
  pullImage = (request: cri.PullImageRequest) => this.images.pull(request);
  removeImage = (request: cri.RemoveImageRequest) => this.images.remove(request);
  imageFsInfo = (_request: cri.ImageFsInfoRequest) => this.images.fsInfo();

  async containerStats({ containerId }: cri.ContainerStatsRequest): Promise<cri.ContainerStatsResponse> {
    const container = this.context.records.container(containerId);
    const usage = await this.context.driver.containerUsage(container);
    return { stats: toContainerStats(container, usage, nowNanoseconds(this.context.host)) };
  }

  async listContainerStats({ filter }: cri.ListContainerStatsRequest): Promise<cri.ListContainerStatsResponse> {
    const { records, driver, host } = this.context;
    const stats: cri.ContainerStats[] = [];
    for (const container of records.containers.values()) {
      if (container.lifecycle.phase !== 'running' || !containerMatches(container, filter)) continue;
      stats.push(toContainerStats(container, await driver.containerUsage(container), nowNanoseconds(host)));
    }
    return { stats };
  }

  async listPodSandboxStats(_request: cri.ListPodSandboxStatsRequest): Promise<cri.ListPodSandboxStatsResponse> {
    throw new CriError('unimplemented', 'pod sandbox stats are not offered: use container stats');
  }

  getContainerEvents(_request: cri.GetEventsRequest, signal: AbortSignal): AsyncIterable<cri.ContainerEventResponse> {
    return this.context.events.listen(signal);
  }
}
