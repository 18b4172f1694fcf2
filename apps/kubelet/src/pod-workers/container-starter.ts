import type { Container, Pod } from '@orrery/api';
import { CriError, describeCriError } from '@orrery/cri';
import type { Milliseconds } from '@orrery/runtime';
import { ContainerConfigError } from '../environment/container-config-error.ts';
import { containerEnvironment } from '../environment/container-environment.ts';
import type { WaitingReason } from '../pod-lifecycle/container-statuses.ts';
import { gracePeriodSeconds } from '../pod-lifecycle/pod-shape.ts';
import type { RuntimeSandbox } from '../pod-lifecycle/runtime-pod.ts';
import { nonRootProblem } from '../resources/security-context.ts';
import { containerMounts } from '../volumes/container-mounts.ts';
import { hostNetworkHostsFile, hostsFile } from '../volumes/hosts-file.ts';
import { containerConfig } from './container-config.ts';
import { runHook } from './lifecycle-hook.ts';
import type { NodeContext } from './node-context.ts';
import { podDomain, podHostname, sandboxConfig } from './sandbox-config.ts';

export interface StartOrder {
  readonly pod: Pod;
  readonly container: Container;
  readonly restartCount: number;
  readonly sandbox: RuntimeSandbox;
  readonly volumePaths: ReadonlyMap<string, string>;
}

export type StartOutcome =
  | { readonly kind: 'started'; readonly containerId: string }
  /** The image is on its way; the worker is woken when it is there. */
  | { readonly kind: 'pulling' }
  /** Not started; `retryAt`: when to try again, undefined: after a short while. */
  | { readonly kind: 'failed'; readonly waiting: WaitingReason; readonly retryAt: Milliseconds | undefined };

/** Image, configuration, create, start: the steps of one container, with upstream's events and reasons where one fails. */
export class ContainerStarter {
  constructor(
    private readonly context: NodeContext,
    private readonly wake: () => void,
  ) {}

  async start(order: StartOrder): Promise<StartOutcome> {
    const { pod, container, sandbox } = order;
    const { images, events, cri } = this.context;
    const config = sandboxConfig(pod, sandbox.attempt, this.context.sandbox);
    const image = await images.prepare(pod, container, config, this.wake);
    if (image.kind === 'pulling') return { kind: 'pulling' };
    if (image.kind === 'failed') {
      return { kind: 'failed', waiting: { reason: image.reason, message: image.message }, retryAt: image.retryAt };
    }
    const problem = nonRootProblem(pod, container, image.uid, image.username);
    if (problem) return this.failed(order, 'CreateContainerConfigError', problem);
    let step = 'CreateContainerConfigError';
    try {
      const containerConfiguration = await this.configure(order, image.imageRef);
      await this.context.volumeDriver.makeFolder(`${config.logDirectory}/${container.name}`);
      step = 'CreateContainerError';
      const { containerId } = await cri.createContainer({
        podSandboxId: sandbox.id,
        config: containerConfiguration,
        sandboxConfig: config,
      });
      events.containerEvent(pod, container.name, 'Normal', 'Created', 'Container created');
      step = 'RunContainerError';
      await cri.startContainer({ containerId });
      events.containerEvent(pod, container.name, 'Normal', 'Started', 'Container started');
      this.runPostStart(order, containerId);
      return { kind: 'started', containerId };
    } catch (error) {
      if (!(error instanceof ContainerConfigError || error instanceof CriError)) throw error;
      const message = error instanceof CriError ? describeCriError(error) : error.message;
      return this.failed(order, step, message);
    }
  }

  private async configure(order: StartOrder, imageRef: string) {
    const { pod, container, restartCount, sandbox, volumePaths } = order;
    const { folders, volumeDriver, memoryCapacity, nodeIp, allocatable, objects } = this.context;
    const { uid } = pod.metadata;
    const podIps = pod.spec.hostNetwork ? [nodeIp] : sandbox.ips;
    const services = this.context.services();
    const environment = await containerEnvironment({ pod, container, podIps, nodeIp, allocatable, services, objects });
    const terminationMessageFile = folders.terminationMessage(uid, container.name, restartCount);
    await volumeDriver.writeFile(terminationMessageFile, new Uint8Array(0), 0o666);
    const hosts = folders.hostsFile(uid);
    await volumeDriver.writeFile(hosts, Buffer.from(this.hostsText(pod, podIps), 'utf8'), 0o644);
    const mounts = await containerMounts({
      pod,
      container,
      volumePaths,
      environment,
      hostsFile: hosts,
      terminationMessageFile,
      driver: volumeDriver,
    });
    return containerConfig({ pod, container, restartCount, imageRef, environment, mounts, memoryCapacity });
  }

  /** Beside the worker: a hook that fails ends the container. */
  private runPostStart({ pod, container, sandbox }: StartOrder, containerId: string): void {
    const handler = container.lifecycle?.postStart;
    if (!handler) return;
    const { nodeIp, events, cri, host } = this.context;
    const podIp = pod.spec.hostNetwork ? nodeIp : (sandbox.ips[0] ?? '');
    const grace = gracePeriodSeconds(pod);
    runHook(this.context, handler, { pod, container, containerId, podIp }, grace * 1000)
      .catch(async (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        events.containerEvent(
          pod,
          container.name,
          'Warning',
          'FailedPostStartHook',
          `PostStartHook failed: ${message}`,
        );
        await cri.stopContainer({ containerId, timeout: BigInt(grace) });
      })
      .catch((error: unknown) => host.logger.warn('container not stopped', { containerId, error }))
      .finally(this.wake);
  }

  private hostsText(pod: Pod, podIps: readonly string[]): string {
    const aliases = pod.spec.hostAliases ?? [];
    if (pod.spec.hostNetwork) return hostNetworkHostsFile(this.context.machineHosts, aliases);
    const domain = podDomain(pod, this.context.sandbox.clusterDomain);
    return hostsFile({ podIps, hostname: podHostname(pod), domain, aliases });
  }

  private failed({ pod, container }: StartOrder, reason: string, message: string): StartOutcome {
    this.context.events.containerEvent(pod, container.name, 'Warning', 'Failed', `Error: ${message}`);
    return { kind: 'failed', waiting: { reason, message }, retryAt: undefined };
  }
}
