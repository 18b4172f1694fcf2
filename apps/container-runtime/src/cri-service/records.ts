import type * as cri from '@orrery/proto/cri';

/** Since the Unix epoch, as CRI counts. */
export type Nanoseconds = bigint;

/** A pod sandbox as this runtime remembers it. */
export interface SandboxRecord {
  readonly id: string;
  readonly config: cri.PodSandboxConfig;
  readonly runtimeHandler: string;
  readonly createdAt: Nanoseconds;
  /** `creating` until the driver has made it: found after a crash, it is torn down as `notReady`. */
  phase: 'creating' | 'ready' | 'notReady';
  /** First the primary one. Empty on the host's network. */
  ips: readonly string[];
}

export type ContainerLifecycle =
  | { readonly phase: 'created' }
  | { readonly phase: 'running'; readonly startedAt: Nanoseconds }
  | ({ readonly phase: 'exited'; readonly startedAt: Nanoseconds } & ContainerExit);

/** How a container ended. */
export interface ContainerExit {
  readonly finishedAt: Nanoseconds;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError` or `Unknown`. */
  readonly reason: string;
  /** For users; often empty. */
  readonly message: string;
}

/** What a driver found out about a container when it made it. */
export interface CreatedContainer {
  readonly imageId: string;
  /** Digest reference where the image came from a registry, else the id. */
  readonly imageRef: string;
  /** With the `SIG`: what asks the container to stop. */
  readonly stopSignal: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly supplementalGroups: readonly number[] };
}

/** A container as this runtime remembers it. */
export interface ContainerRecord extends CreatedContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly config: cri.ContainerConfig;
  readonly createdAt: Nanoseconds;
  /** Absolute; empty where no log is kept. */
  readonly logPath: string;
  lifecycle: ContainerLifecycle;
  /** What `UpdateContainerResources` set last, else what the container was made with. */
  resources: cri.LinuxContainerResources | undefined;
}

/** Reads as the annotations, labels and names of upstream: unique among the sandboxes that exist. */
export function sandboxName(config: cri.PodSandboxConfig): string {
  const { name = '', namespace = '', uid = '', attempt = 0 } = config.metadata ?? {};
  return `${name}_${namespace}_${uid}_${attempt}`;
}

export function containerName(config: cri.ContainerConfig, sandbox: SandboxRecord): string {
  const { name = '', attempt = 0 } = config.metadata ?? {};
  const pod = sandbox.config.metadata;
  return `${name}_${pod?.name ?? ''}_${pod?.namespace ?? ''}_${pod?.uid ?? ''}_${attempt}`;
}
