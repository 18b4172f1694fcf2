import type { Container, Pod } from '@orrery/api';
import { isCriNotFound } from '@orrery/cri';
import type { Milliseconds } from '@orrery/runtime';
import type { RuntimeContainer } from '../pod-lifecycle/runtime-pod.ts';
import { runHook } from './lifecycle-hook.ts';
import type { NodeContext } from './node-context.ts';

export interface KillOrder {
  readonly pod: Pod;
  /** Undefined for a container that no pod's spec knows any more. */
  readonly spec: Container | undefined;
  readonly container: RuntimeContainer;
  readonly podIp: string;
  readonly gracePeriodSeconds: number;
  /** What the `Killing` event says. */
  readonly message: string;
}

/** A hook may eat up the grace period; a container still gets this long. */
const graceMinSeconds = 2;

/** Stops containers of one pod without making its worker wait: preStop hook, SIGTERM, grace period, SIGKILL. */
export class ContainerKiller {
  /** By container id: the moment at which SIGKILL comes. */
  private readonly deadlines = new Map<string, Milliseconds>();

  constructor(
    private readonly context: NodeContext,
    private readonly done: () => void,
  ) {}

  get isBusy(): boolean {
    return this.deadlines.size > 0;
  }

  isKilling(containerId: string): boolean {
    return this.deadlines.has(containerId);
  }

  /** Asking again with less time shortens the grace period; asking again otherwise changes nothing. */
  kill(order: KillOrder): void {
    const { clock, logger } = this.context.host;
    const deadline = clock.now() + order.gracePeriodSeconds * 1000;
    const known = this.deadlines.get(order.container.id);
    if (known !== undefined && deadline >= known) return;
    this.deadlines.set(order.container.id, deadline);
    if (known === undefined)
      this.context.events.containerEvent(order.pod, order.container.name, 'Normal', 'Killing', order.message);
    const work =
      known === undefined ? this.killGracefully(order) : this.stop(order.container.id, order.gracePeriodSeconds);
    void work
      .catch((error: unknown) => logger.warn('container not stopped', { container: order.container.id, error }))
      .finally(() => {
        this.deadlines.delete(order.container.id);
        this.done();
      });
  }

  private async killGracefully(order: KillOrder): Promise<void> {
    const { clock } = this.context.host;
    const startedAt = clock.now();
    const graceMs = order.gracePeriodSeconds * 1000;
    const handler = order.spec?.lifecycle?.preStop;
    if (handler && order.spec && graceMs > 0) await this.runPreStop(order, order.spec, graceMs);
    const spent = Math.floor((clock.now() - startedAt) / 1000);
    const left = order.gracePeriodSeconds - spent;
    await this.stop(order.container.id, order.gracePeriodSeconds === 0 ? 0 : Math.max(left, graceMinSeconds));
  }

  private async runPreStop(order: KillOrder, spec: Container, graceMs: Milliseconds): Promise<void> {
    const handler = spec.lifecycle?.preStop;
    if (!handler) return;
    const { timers } = this.context.host;
    const timeout = new AbortController();
    const target = { pod: order.pod, container: spec, containerId: order.container.id, podIp: order.podIp };
    try {
      await Promise.race([
        runHook(this.context, handler, target, graceMs),
        timers.sleep(graceMs, timeout.signal).catch(() => undefined),
      ]);
    } catch (error) {
      const message = `PreStopHook failed: ${error instanceof Error ? error.message : String(error)}`;
      this.context.events.containerEvent(order.pod, order.container.name, 'Warning', 'FailedPreStopHook', message);
    } finally {
      timeout.abort();
    }
  }

  private async stop(containerId: string, seconds: number): Promise<void> {
    try {
      await this.context.cri.stopContainer({ containerId, timeout: BigInt(seconds) });
    } catch (error) {
      if (!isCriNotFound(error)) throw error;
    }
  }
}
