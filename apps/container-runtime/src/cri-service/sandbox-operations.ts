import { CriError, containerEventTypes } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import type { ContainerOperations } from './container-operations.ts';
import { sandboxMatches } from './filters.ts';
import { type SandboxRecord, sandboxName } from './records.ts';
import { emitEvent, newId, nowNanoseconds, type RuntimeContext } from './runtime-context.ts';
import { toContainerStatus, toSandbox, toSandboxStatus } from './status-messages.ts';

/** Pod sandboxes: made ready, stopped, removed. */
export class SandboxOperations {
  constructor(
    private readonly context: RuntimeContext,
    private readonly containers: ContainerOperations,
  ) {}

  /** What a crash interrupted, or a reboot took the namespaces of, is not ready any more. */
  async recover(): Promise<void> {
    const { driver, records } = this.context;
    for (const sandbox of records.sandboxes.values()) {
      if (sandbox.phase === 'notReady') continue;
      if (sandbox.phase === 'ready' && (await driver.isSandboxAlive(sandbox))) continue;
      sandbox.phase = 'notReady';
      await records.saveSandbox(sandbox);
    }
  }

  async run({ config, runtimeHandler }: cri.RunPodSandboxRequest): Promise<cri.RunPodSandboxResponse> {
    const { host, driver, records } = this.context;
    if (!config?.metadata) throw new CriError('invalidArgument', 'sandbox config must include metadata');
    if (runtimeHandler !== '' && runtimeHandler !== 'runc')
      throw new CriError('unknown', `no runtime for "${runtimeHandler}" is configured`);
    this.mustBeFree(config);
    const sandbox: SandboxRecord = {
      id: newId(host),
      config,
      runtimeHandler,
      createdAt: nowNanoseconds(host),
      phase: 'creating',
      ips: [],
    };
    await records.saveSandbox(sandbox);
    try {
      sandbox.ips = (await driver.createSandbox(sandbox)).ips;
    } catch (error) {
      await records.forgetSandbox(sandbox.id);
      throw error;
    }
    sandbox.phase = 'ready';
    await records.saveSandbox(sandbox);
    emitEvent(this.context, sandbox.id, sandbox.id, containerEventTypes.created);
    emitEvent(this.context, sandbox.id, sandbox.id, containerEventTypes.started);
    return { podSandboxId: sandbox.id };
  }

  /** Ends its containers at once: who wants them to end gracefully stops them before. */
  async stop({ podSandboxId }: cri.StopPodSandboxRequest): Promise<cri.StopPodSandboxResponse> {
    const sandbox = this.context.records.findSandbox(podSandboxId);
    if (sandbox) await this.stopSandbox(sandbox);
    return {};
  }

  async remove({ podSandboxId }: cri.RemovePodSandboxRequest): Promise<cri.RemovePodSandboxResponse> {
    const { driver, records } = this.context;
    const sandbox = records.findSandbox(podSandboxId);
    if (!sandbox) return {};
    await this.stopSandbox(sandbox);
    for (const container of records.containersOf(sandbox.id))
      await this.containers.remove({ containerId: container.id });
    await driver.removeSandbox(sandbox);
    if (!records.sandboxes.has(sandbox.id)) return {};
    await records.forgetSandbox(sandbox.id);
    emitEvent(this.context, sandbox.id, sandbox.id, containerEventTypes.deleted);
    return {};
  }

  status({ podSandboxId, verbose }: cri.PodSandboxStatusRequest): cri.PodSandboxStatusResponse {
    const { host, records } = this.context;
    const sandbox = records.sandbox(podSandboxId);
    return {
      status: toSandboxStatus(sandbox),
      info: verbose ? { runtimeType: this.context.driver.runtimeName } : {},
      containersStatuses: records.containersOf(sandbox.id).map(toContainerStatus),
      timestamp: nowNanoseconds(host),
    };
  }

  list({ filter }: cri.ListPodSandboxRequest): cri.ListPodSandboxResponse {
    const sandboxes = [...this.context.records.sandboxes.values()];
    return { items: sandboxes.filter((sandbox) => sandboxMatches(sandbox, filter)).map(toSandbox) };
  }

  private async stopSandbox(sandbox: SandboxRecord): Promise<void> {
    const { driver, records } = this.context;
    await Promise.all(records.containersOf(sandbox.id).map((container) => this.containers.end(container, 0)));
    await driver.stopSandbox(sandbox);
    if (sandbox.phase !== 'ready' || !records.sandboxes.has(sandbox.id)) return;
    sandbox.phase = 'notReady';
    await records.saveSandbox(sandbox);
    emitEvent(this.context, sandbox.id, sandbox.id, containerEventTypes.stopped);
  }

  private mustBeFree(config: cri.PodSandboxConfig): void {
    const name = sandboxName(config);
    for (const other of this.context.records.sandboxes.values())
      if (sandboxName(other.config) === name)
        throw new CriError(
          'alreadyExists',
          `failed to reserve sandbox name "${name}": name "${name}" is reserved for "${other.id}"`,
        );
  }
}
