import type * as cri from '@orrery/proto/cri';

/**
 * The Container Runtime Interface v1 as promises. A runtime implements it, a kubelet calls it; in between lies gRPC on a unix socket, or
 * nothing when both live in one process. Failures are `CriError`. What an optional CRI method of a runtime does not offer fails with code
 * `unimplemented`.
 */
export interface Cri {
  version(request: cri.VersionRequest): Promise<cri.VersionResponse>;
  status(request: cri.StatusRequest): Promise<cri.StatusResponse>;
  runtimeConfig(request: cri.RuntimeConfigRequest): Promise<cri.RuntimeConfigResponse>;
  updateRuntimeConfig(request: cri.UpdateRuntimeConfigRequest): Promise<cri.UpdateRuntimeConfigResponse>;

  runPodSandbox(request: cri.RunPodSandboxRequest): Promise<cri.RunPodSandboxResponse>;
  stopPodSandbox(request: cri.StopPodSandboxRequest): Promise<cri.StopPodSandboxResponse>;
  removePodSandbox(request: cri.RemovePodSandboxRequest): Promise<cri.RemovePodSandboxResponse>;
  podSandboxStatus(request: cri.PodSandboxStatusRequest): Promise<cri.PodSandboxStatusResponse>;
  listPodSandbox(request: cri.ListPodSandboxRequest): Promise<cri.ListPodSandboxResponse>;

  createContainer(request: cri.CreateContainerRequest): Promise<cri.CreateContainerResponse>;
  startContainer(request: cri.StartContainerRequest): Promise<cri.StartContainerResponse>;
  stopContainer(request: cri.StopContainerRequest): Promise<cri.StopContainerResponse>;
  removeContainer(request: cri.RemoveContainerRequest): Promise<cri.RemoveContainerResponse>;
  listContainers(request: cri.ListContainersRequest): Promise<cri.ListContainersResponse>;
  containerStatus(request: cri.ContainerStatusRequest): Promise<cri.ContainerStatusResponse>;
  updateContainerResources(request: cri.UpdateContainerResourcesRequest): Promise<cri.UpdateContainerResourcesResponse>;
  reopenContainerLog(request: cri.ReopenContainerLogRequest): Promise<cri.ReopenContainerLogResponse>;

  execSync(request: cri.ExecSyncRequest): Promise<cri.ExecSyncResponse>;
  /** The answer's `url` is where the streaming server takes the upgraded connection. */
  exec(request: cri.ExecRequest): Promise<cri.ExecResponse>;
  attach(request: cri.AttachRequest): Promise<cri.AttachResponse>;
  portForward(request: cri.PortForwardRequest): Promise<cri.PortForwardResponse>;

  containerStats(request: cri.ContainerStatsRequest): Promise<cri.ContainerStatsResponse>;
  listContainerStats(request: cri.ListContainerStatsRequest): Promise<cri.ListContainerStatsResponse>;
  listPodSandboxStats(request: cri.ListPodSandboxStatsRequest): Promise<cri.ListPodSandboxStatsResponse>;
  /** Ends when `signal` aborts or the runtime goes away. */
  getContainerEvents(request: cri.GetEventsRequest, signal: AbortSignal): AsyncIterable<cri.ContainerEventResponse>;

  listImages(request: cri.ListImagesRequest): Promise<cri.ListImagesResponse>;
  imageStatus(request: cri.ImageStatusRequest): Promise<cri.ImageStatusResponse>;
  pullImage(request: cri.PullImageRequest): Promise<cri.PullImageResponse>;
  removeImage(request: cri.RemoveImageRequest): Promise<cri.RemoveImageResponse>;
  imageFsInfo(request: cri.ImageFsInfoRequest): Promise<cri.ImageFsInfoResponse>;
}

/** The gRPC status codes that CRI gives a meaning. */
export type CriErrorCode =
  | 'unknown'
  | 'invalidArgument'
  | 'notFound'
  | 'alreadyExists'
  | 'unavailable'
  | 'unimplemented'
  | 'deadlineExceeded';

/** A runtime could not do what was asked. `message` is what users read in events. */
export class CriError extends Error {
  override readonly name = 'CriError';
  constructor(
    readonly code: CriErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Where a runtime and a kubelet meet. */
export interface CriEndpoint {
  /** Offers an implementation there. */
  serve(implementation: Cri): Promise<{ stop(): Promise<void> }>;
  /** Calls on the result fail with `unavailable` while nobody serves; they work again when somebody does. */
  connect(): Promise<Cri & { close(): void }>;
}
