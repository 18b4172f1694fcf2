import type * as cri from '@orrery/proto/cri';
import type { Images } from './images.ts';
import type { ContainerExit, ContainerRecord, CreatedContainer, Nanoseconds, SandboxRecord } from './records.ts';

/**
 * What makes sandboxes and containers real, or pretends to. The CRI service above it keeps names, states and filters; a driver is told
 * about records and keeps only what belongs to the operating system. Failures are `CriError`, worded for users.
 */
export interface RuntimeDriver {
  /** As `kubectl get nodes -o wide` shows it before the version. */
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  /** Whether what it makes outlives this process, so that records have to. */
  readonly durable: boolean;
  readonly images: Images;

  /** Checks what it needs and clears what a crash left half done. */
  start(): Promise<void>;
  /** Lets go of watches and handles; sandboxes and containers stay. */
  stop(): Promise<void>;
  /** Why pods cannot get a network, or `undefined` when they can. */
  networkProblem(): Promise<string | undefined>;
  /** The range that the node's pods get addresses from, as the control plane decided. */
  setPodCidr(podCidr: string): void;

  /** All or nothing: what fails is undone before the failure is thrown. */
  createSandbox(sandbox: SandboxRecord): Promise<{ ips: readonly string[] }>;
  /** Whether the sandbox still has what its containers need; asked after a restart. */
  isSandboxAlive(sandbox: SandboxRecord): Promise<boolean>;
  /** Takes its network away. Its containers are gone. Twice is fine. */
  stopSandbox(sandbox: SandboxRecord): Promise<void>;
  /** Leaves nothing behind. Twice is fine. */
  removeSandbox(sandbox: SandboxRecord): Promise<void>;

  createContainer(container: ContainerPlan, sandbox: SandboxRecord): Promise<CreatedContainer>;
  /** Resolves when the container's process runs. A container that could not be started will never `wait`. */
  startContainer(container: ContainerRecord, sandbox: SandboxRecord): Promise<{ startedAt: Nanoseconds }>;
  /** Resolves when a container that was started, by this process or by one before it, has ended. */
  waitContainer(container: ContainerRecord): Promise<ContainerExit>;
  /** Nothing happens where the container has ended. `signal` with the `SIG`. */
  signalContainer(container: ContainerRecord, signal: string): Promise<void>;
  /** Leaves nothing behind. The container does not run. Twice is fine. */
  removeContainer(container: Pick<ContainerRecord, 'id'>): Promise<void>;
  updateContainerResources(container: ContainerRecord, resources: cri.LinuxContainerResources): Promise<void>;
  /** The log was moved away: go on in a new file under the old name. */
  reopenContainerLog(container: ContainerRecord): Promise<void>;
  containerUsage(container: ContainerRecord): Promise<ContainerUsage>;

  /** Runs a command in a running container and resolves with its exit code; `signal` kills it. */
  exec(container: ContainerRecord, command: ExecCommand, io: ProcessIo, signal: AbortSignal): Promise<number>;
  /** Connects to the container's own process until it ends or `signal` aborts. */
  attach(container: ContainerRecord, io: ProcessIo, signal: AbortSignal): Promise<void>;
  /** Carries bytes to and from a port that a process of the pod listens on, until both directions have ended. */
  portForward(sandbox: SandboxRecord, port: number, io: PortIo, signal: AbortSignal): Promise<void>;
}

/** A container that is about to be. */
export type ContainerPlan = Pick<ContainerRecord, 'id' | 'sandboxId' | 'config' | 'createdAt' | 'logPath'>;

export interface ExecCommand {
  readonly argv: readonly string[];
  readonly tty: boolean;
}

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** A process' streams. What is absent is not connected. Writers wait for the returned promise: that is the back pressure. */
export interface ProcessIo {
  readonly stdin?: AsyncIterable<Uint8Array>;
  stdout?(chunk: Uint8Array): Promise<void>;
  /** Not used with a terminal: that has one output. */
  stderr?(chunk: Uint8Array): Promise<void>;
  readonly resize?: AsyncIterable<TerminalSize>;
}

export interface PortIo {
  readonly incoming: AsyncIterable<Uint8Array>;
  outgoing(chunk: Uint8Array): Promise<void>;
}

/** What a container uses now; 0 where it does not run. */
export interface ContainerUsage {
  readonly cpuNanoseconds: bigint;
  readonly memoryWorkingSetBytes: bigint;
  readonly memoryUsageBytes: bigint;
  readonly memoryRssBytes: bigint;
  readonly writableLayerBytes: bigint;
}
