import { CriError, containerEventTypes } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { Milliseconds } from '@orrery/runtime';
import { containerMatches } from './filters.ts';
import { type ContainerExit, type ContainerRecord, containerName, type SandboxRecord } from './records.ts';
import { emitEvent, newId, nowNanoseconds, type RuntimeContext } from './runtime-context.ts';
import type { ContainerPlan } from './runtime-driver.ts';
import { toContainer, toContainerStatus } from './status-messages.ts';

/** As containerd reports a container whose process could not be started. */
const startFailedExitCode = 128;

/** Containers: created → running → exited → removed. */
export class ContainerOperations {
  /** Of each running container: resolves when its end has been recorded. */
  private readonly endings = new Map<string, Promise<void>>();
  private readonly starting = new Set<string>();
  private readonly namesInMaking = new Set<string>();

  constructor(private readonly context: RuntimeContext) {}

  /** Goes on waiting for the containers that an earlier process started. */
  recover(): void {
    for (const container of this.context.records.containers.values())
      if (container.lifecycle.phase === 'running') this.awaitEnd(container);
  }

  async create({
    podSandboxId,
    config,
    sandboxConfig,
  }: cri.CreateContainerRequest): Promise<cri.CreateContainerResponse> {
    const { host, driver, records } = this.context;
    const sandbox = records.sandbox(podSandboxId);
    if (!config?.metadata) throw new CriError('invalidArgument', 'container config must include metadata');
    if (sandbox.phase !== 'ready') throw new CriError('unknown', `sandbox container "${sandbox.id}" is not running`);
    const name = this.reserveName(config, sandbox);
    try {
      const logDirectory = sandboxConfig?.logDirectory || sandbox.config.logDirectory;
      const plan: ContainerPlan = {
        id: newId(host),
        sandboxId: sandbox.id,
        config,
        createdAt: nowNanoseconds(host),
        logPath: logDirectory && config.logPath ? `${logDirectory}/${config.logPath}` : '',
      };
      const created = await driver.createContainer(plan, sandbox);
      await records.saveContainer({
        ...plan,
        ...created,
        lifecycle: { phase: 'created' },
        resources: config.linux?.resources,
      });
      emitEvent(this.context, plan.id, sandbox.id, containerEventTypes.created);
      return { containerId: plan.id };
    } finally {
      this.namesInMaking.delete(name);
    }
  }

  async start({ containerId }: cri.StartContainerRequest): Promise<cri.StartContainerResponse> {
    const { driver, records } = this.context;
    const container = records.container(containerId);
    const sandbox = records.sandbox(container.sandboxId);
    if (container.lifecycle.phase !== 'created' || this.starting.has(container.id))
      throw new CriError(
        'unknown',
        `container "${container.id}" is in ${container.lifecycle.phase.toUpperCase()} state`,
      );
    if (sandbox.phase !== 'ready') throw new CriError('unknown', `sandbox container "${sandbox.id}" is not running`);
    this.starting.add(container.id);
    try {
      const { startedAt } = await driver.startContainer(container, sandbox);
      container.lifecycle = { phase: 'running', startedAt };
      await records.saveContainer(container);
    } catch (error) {
      await this.recordFailedStart(container, error);
      throw error;
    } finally {
      this.starting.delete(container.id);
    }
    emitEvent(this.context, container.id, sandbox.id, containerEventTypes.started);
    this.awaitEnd(container);
    return {};
  }

  async stop({ containerId, timeout }: cri.StopContainerRequest): Promise<cri.StopContainerResponse> {
    const container = this.context.records.findContainer(containerId);
    if (container) await this.end(container, Number(timeout) * 1000);
    return {};
  }

  async remove({ containerId }: cri.RemoveContainerRequest): Promise<cri.RemoveContainerResponse> {
    const { driver, records } = this.context;
    const container = records.findContainer(containerId);
    if (!container) return {};
    if (this.starting.has(container.id))
      throw new CriError('unknown', `container "${container.id}" is in starting state, can't be removed`);
    await this.end(container, 0);
    await driver.removeContainer(container);
    if (!records.containers.has(container.id)) return {};
    await records.forgetContainer(container.id);
    emitEvent(this.context, container.id, container.sandboxId, containerEventTypes.deleted);
    return {};
  }

  list({ filter }: cri.ListContainersRequest): cri.ListContainersResponse {
    const containers = [...this.context.records.containers.values()];
    return { containers: containers.filter((container) => containerMatches(container, filter)).map(toContainer) };
  }

  status({ containerId, verbose }: cri.ContainerStatusRequest): cri.ContainerStatusResponse {
    const container = this.context.records.container(containerId);
    return { status: toContainerStatus(container), info: verbose ? { sandboxID: container.sandboxId } : {} };
  }

  async updateResources({ containerId, linux }: cri.UpdateContainerResourcesRequest) {
    const { driver, records } = this.context;
    const container = records.container(containerId);
    if (!linux) return {};
    if (container.lifecycle.phase === 'running') await driver.updateContainerResources(container, linux);
    container.resources = linux;
    await records.saveContainer(container);
    return {};
  }

  async reopenLog({ containerId }: cri.ReopenContainerLogRequest): Promise<cri.ReopenContainerLogResponse> {
    const container = this.running(containerId);
    await this.context.driver.reopenContainerLog(container);
    return {};
  }

  /** The container, which runs. */
  running(containerId: string): ContainerRecord {
    const container = this.context.records.container(containerId);
    if (container.lifecycle.phase !== 'running')
      throw new CriError(
        'unknown',
        `container "${container.id}" is in ${container.lifecycle.phase.toUpperCase()} state`,
      );
    return container;
  }

  /** Asks a running container to end, makes it end after `grace`, and resolves when it has. */
  async end(container: ContainerRecord, grace: Milliseconds): Promise<void> {
    const ending = this.endings.get(container.id);
    if (!ending) return;
    const { driver, host } = this.context;
    if (grace > 0) {
      await driver.signalContainer(container, container.stopSignal);
      const ended = new AbortController();
      const patience = host.timers.sleep(grace, ended.signal).catch(() => {});
      await Promise.race([ending, patience]);
      ended.abort();
    }
    if (this.endings.has(container.id)) await driver.signalContainer(container, 'SIGKILL');
    await ending;
  }

  private awaitEnd(container: ContainerRecord): void {
    const ending = this.context.driver
      .waitContainer(container)
      .then((exit) => this.recordEnd(container, exit))
      .catch((error: unknown) => {
        this.context.host.logger.error('container end could not be recorded', { container: container.id, error });
      })
      .finally(() => this.endings.delete(container.id));
    this.endings.set(container.id, ending);
  }

  private async recordEnd(container: ContainerRecord, exit: ContainerExit): Promise<void> {
    if (container.lifecycle.phase !== 'running') return;
    container.lifecycle = { phase: 'exited', startedAt: container.lifecycle.startedAt, ...exit };
    await this.context.records.saveContainer(container);
    emitEvent(this.context, container.id, container.sandboxId, containerEventTypes.stopped);
  }

  private async recordFailedStart(container: ContainerRecord, error: unknown): Promise<void> {
    container.lifecycle = {
      phase: 'exited',
      startedAt: 0n,
      finishedAt: nowNanoseconds(this.context.host),
      exitCode: startFailedExitCode,
      reason: 'StartError',
      message: error instanceof Error ? error.message : String(error),
    };
    await this.context.records.saveContainer(container);
    emitEvent(this.context, container.id, container.sandboxId, containerEventTypes.stopped);
  }

  private reserveName(config: cri.ContainerConfig, sandbox: SandboxRecord): string {
    const name = containerName(config, sandbox);
    const other = this.context.records
      .containersOf(sandbox.id)
      .find((one) => containerName(one.config, sandbox) === name);
    if (other || this.namesInMaking.has(name))
      throw new CriError(
        'alreadyExists',
        `failed to reserve container name "${name}": name "${name}" is reserved for "${other?.id ?? 'a container in the making'}"`,
      );
    this.namesInMaking.add(name);
    return name;
  }
}
