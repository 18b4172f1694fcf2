import type { Container, Pod, PodStatus } from '@orrery/api';
import { CriError, describeCriError } from '@orrery/cri';
import { type Milliseconds, parseTime, type Timer } from '@orrery/runtime';
import { type PodAction, type PodPlan, type ProbeVerdicts, planPod } from '../pod-lifecycle/plan-pod.ts';
import { isOwnCondition } from '../pod-lifecycle/pod-conditions.ts';
import {
  gracePeriodSeconds,
  initContainersOf,
  isTerminalPhase,
  isTerminating,
  podText,
} from '../pod-lifecycle/pod-shape.ts';
import { podStatus } from '../pod-lifecycle/pod-status.ts';
import {
  currentSandbox,
  emptyRuntimePod,
  newestContainer,
  type RuntimeContainer,
  type RuntimePod,
} from '../pod-lifecycle/runtime-pod.ts';
import { adoptedVerdicts, PodProbes } from '../probes/pod-probes.ts';
import { PodVolumes } from '../volumes/pod-volumes.ts';
import { VolumeError } from '../volumes/volume-error.ts';
import { ContainerKiller } from './container-killer.ts';
import { ContainerStarter } from './container-starter.ts';
import type { NodeContext } from './node-context.ts';
import { PodTerminator } from './pod-terminator.ts';
import { RetryDelays } from './retry-delays.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { StartAttempts } from './start-attempts.ts';
import { TerminationMessages } from './termination-messages.ts';

/** Why the kubelet ended a pod by itself. */
export interface PodFailure {
  readonly reason: string;
  readonly message: string;
}

/** Plans that may follow each other within one sync before the worker takes a breath. */
const stepsMax = 100;

/**
 * Brings one pod to what its object says, one sync at a time; while a sync runs, later wishes collapse into one more. Every sync starts from
 * what the runtime has, so a worker may be thrown away and made anew at any line.
 */
export class PodWorker {
  readonly killer: ContainerKiller;
  private readonly starter: ContainerStarter;
  private readonly probes: PodProbes;
  private readonly messages: TerminationMessages;
  private readonly terminator: PodTerminator;
  /** What probes had found before this kubelet started, by container id. */
  private readonly adopted: ReadonlyMap<string, ProbeVerdicts>;
  private readonly starts = new StartAttempts();
  private volumePaths: Map<string, string> | undefined;
  private failure: PodFailure | undefined;
  private isGone = false;
  private stopped = false;
  private wanted = false;
  private running: Promise<void> | undefined;
  private timer: Timer | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private readonly retries = new RetryDelays<'sync' | 'volumes' | 'sandbox'>();

  /** `finished` is called once, when nothing of the pod is left on the node and in the API. */
  constructor(
    private readonly context: NodeContext,
    private pod: Pod,
    private readonly finished: () => void,
  ) {
    const wake = () => this.wake();
    this.adopted = adoptedVerdicts(pod);
    const { host, cri, probeNetwork, events } = context;
    this.killer = new ContainerKiller(context, wake);
    this.starter = new ContainerStarter(context, wake);
    this.probes = new PodProbes({ clock: host.clock, timers: host.timers, cri, probeNetwork, events }, wake);
    this.messages = new TerminationMessages(context);
    this.terminator = new PodTerminator(context, this.killer);
  }

  get currentPod(): Pod {
    return this.pod;
  }

  /** A newer state of the pod's object. */
  update(pod: Pod): void {
    this.pod = pod;
    this.context.statuses.observe(pod);
    this.wake();
  }

  /** The pod's object is gone from the API: whatever runs is stopped. */
  remove(): void {
    this.isGone = true;
    this.wake();
  }

  /** The node does not take the pod. */
  reject(failure: PodFailure): void {
    this.failure ??= failure;
    this.wake();
  }

  /** Asks for a sync; returns at once. */
  wake(): void {
    this.wanted = true;
    if (this.running || this.stopped) return;
    this.running = this.run().finally(() => {
      this.running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.probes.stop();
    await this.running;
  }

  /** Writes changed contents of volumes again; failures are told in an event and tried again at the next refresh. */
  async refreshVolumes(): Promise<void> {
    if (!this.volumePaths || isTerminating(this.pod) || !PodVolumes.needsRefresh(this.pod)) return;
    await this.setUpVolumes();
  }

  private async run(): Promise<void> {
    while (this.wanted && !this.stopped) {
      this.wanted = false;
      try {
        await this.sync();
        this.retries.succeeded('sync');
      } catch (error) {
        this.context.host.logger.warn('pod sync failed', { pod: this.pod.metadata.name, error });
        this.wakeAt(this.context.host.clock.now() + this.retries.failed('sync'));
      }
    }
  }

  private async sync(): Promise<void> {
    this.checkDeadline();
    const ending =
      this.isGone || isTerminating(this.pod) || this.failure !== undefined || isTerminalPhase(this.phase());
    if (ending) await this.syncEnding();
    else await this.syncRunning();
  }

  private async syncRunning(): Promise<void> {
    let runtime = await this.context.runtime.read(this.pod.metadata.uid);
    if (!this.volumePaths && !(await this.setUpVolumes())) {
      this.report(runtime, false);
      this.wakeAt(this.context.host.clock.now() + this.retries.failed('volumes'));
      return;
    }
    for (let step = 0; step < stepsMax && !this.stopped; step++) {
      this.keepProbes(runtime);
      const plan = this.plan(runtime);
      const progress = await this.carryOut(plan, runtime);
      if (progress) runtime = await this.context.runtime.read(this.pod.metadata.uid);
      if (!progress) break;
    }
    await this.messages.collect(this.pod, runtime);
    this.report(runtime, false);
    if (isTerminalPhase(this.phase())) this.wake();
    else await this.terminator.collectGarbage(this.pod, runtime);
  }

  private plan(runtime: RuntimePod): PodPlan {
    const { clock } = this.context.host;
    const plan = planPod({
      pod: this.pod,
      runtime,
      now: clock.now(),
      verdicts: (id) => this.probes.verdicts(id),
      backOffs: this.starts.backOffs,
    });
    for (const name of this.starts.backingOff(plan.waiting)) this.tellBackOff(name);
    if (plan.wakeAt !== undefined) this.wakeAt(plan.wakeAt);
    return plan;
  }

  private tellBackOff(container: string): void {
    const message = `Back-off restarting failed container ${container} in pod ${podText(this.pod)}`;
    this.context.events.containerEvent(this.pod, container, 'Warning', 'BackOff', message);
  }

  /** True when the runtime's state may have changed, so that another plan is due. */
  private async carryOut({ actions }: PodPlan, runtime: RuntimePod): Promise<boolean> {
    let progress = false;
    for (const action of actions) {
      const outcome = await this.perform(action, runtime);
      if (outcome === 'progress') progress = true;
      if (outcome === 'stop') return progress;
    }
    return progress;
  }

  private async perform(action: PodAction, runtime: RuntimePod): Promise<'progress' | 'nothing' | 'stop'> {
    switch (action.kind) {
      case 'killPod':
        return (await this.terminator.killPod(this.pod, runtime, gracePeriodSeconds(this.pod), this.podIp(runtime)))
          ? 'progress'
          : 'stop';
      case 'createSandbox':
        return (await this.createSandbox(action.attempt)) ? 'progress' : 'stop';
      case 'startContainer':
        return (await this.startContainer(action, runtime)) ? 'progress' : 'nothing';
      case 'killContainer': {
        if (this.killer.isKilling(action.container.id)) return 'nothing';
        const probe = action.cause === 'startup' ? action.spec.startupProbe : action.spec.livenessProbe;
        this.killer.kill({
          pod: this.pod,
          spec: action.spec,
          container: action.container,
          podIp: this.podIp(runtime),
          gracePeriodSeconds: probe?.terminationGracePeriodSeconds ?? gracePeriodSeconds(this.pod),
          message: `Container ${action.spec.name} ${action.message}`,
        });
        return 'nothing';
      }
      default:
        return action satisfies never;
    }
  }

  private async createSandbox(attempt: number): Promise<boolean> {
    const { cri, events, sandbox, host, volumeDriver } = this.context;
    if (attempt > 0)
      events.event(this.pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    try {
      const config = sandboxConfig(this.pod, attempt, sandbox);
      await volumeDriver.makeFolder(config.logDirectory);
      await cri.runPodSandbox({ config, runtimeHandler: '' });
      this.retries.succeeded('sandbox');
      return true;
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      const message = `Failed to create pod sandbox: ${describeCriError(error)}`;
      events.event(this.pod, 'Warning', 'FailedCreatePodSandBox', message);
      this.wakeAt(host.clock.now() + this.retries.failed('sandbox'));
      return false;
    }
  }

  private async startContainer(
    { container, restartCount, backOff }: Extract<PodAction, { kind: 'startContainer' }>,
    runtime: RuntimePod,
  ): Promise<boolean> {
    const sandbox = currentSandbox(runtime);
    const { clock } = this.context.host;
    if (!sandbox || !this.volumePaths || this.stopped) return false;
    const notBefore = this.starts.retryAt(container.name, clock.now());
    if (notBefore !== undefined) {
      this.wakeAt(notBefore);
      return false;
    }
    const outcome = await this.starter.start({
      pod: this.pod,
      container,
      restartCount,
      sandbox,
      volumePaths: this.volumePaths,
    });
    switch (outcome.kind) {
      case 'failed':
        this.wakeAt(this.starts.failed(container.name, outcome.waiting, outcome.retryAt, clock.now()));
        return false;
      case 'pulling':
        return false;
      case 'started':
        this.starts.started(container.name, backOff);
        return true;
      default:
        return outcome satisfies never;
    }
  }

  private async setUpVolumes(): Promise<boolean> {
    const { pod, context } = this;
    const { nodeIp, allocatable } = context;
    try {
      this.volumePaths = await context.volumes.setUp({ pod, podIps: [], nodeIp, allocatable });
      this.retries.succeeded('volumes');
      return true;
    } catch (error) {
      const cause = error instanceof VolumeError ? error.message : undefined;
      if (cause === undefined) throw error;
      context.events.event(pod, 'Warning', 'FailedMount', cause);
      return false;
    }
  }

  private async syncEnding(): Promise<void> {
    this.probes.stop();
    const { pod } = this;
    const { runtime: reader, statuses } = this.context;
    let runtime = await reader.read(pod.metadata.uid);
    const grace = this.failure && !isTerminating(pod) ? Math.min(gracePeriodSeconds(pod), 30) : gracePeriodSeconds(pod);
    const before = runtime;
    if (!(await this.terminator.killPod(pod, runtime, grace, this.podIp(runtime)))) {
      this.report(runtime, false);
      return;
    }
    runtime = await reader.read(pod.metadata.uid);
    await this.messages.collect(pod, runtime);
    this.report(
      {
        sandboxes: runtime.sandboxes,
        containers: runtime.containers.length > 0 ? runtime.containers : before.containers,
      },
      true,
    );
    await this.context.volumes.tearDown(pod.metadata.uid);
    this.volumePaths = undefined;
    if (!this.isGone && !isTerminating(pod)) return;
    await this.terminator.removeFromNode(pod, runtime);
    if (!this.isGone) {
      await statuses.flushed(pod.metadata.uid);
      await this.terminator.deleteFromApi(pod);
    }
    this.stopped = true;
    this.timer?.cancel();
    reader.forget(pod.metadata.uid);
    this.context.images.forget(pod.metadata.uid);
    this.finished();
  }

  private keepProbes(runtime: RuntimePod): void {
    const specs = [...this.pod.spec.containers, ...initContainersOf(this.pod)];
    const running: { spec: Container; container: RuntimeContainer }[] = [];
    for (const spec of specs) {
      const container = newestContainer(runtime, spec.name);
      if (container?.state === 'running' && !this.killer.isKilling(container.id)) running.push({ spec, container });
    }
    this.probes.keep(this.pod, this.podIp(runtime), running, this.adopted);
  }

  private report(runtime: RuntimePod, ended: boolean): void {
    if (this.isGone) return;
    const { runtimeName, nodeIp, host, statuses } = this.context;
    const status = podStatus({
      pod: { ...this.pod, status: this.knownStatus() },
      runtime: runtime ?? emptyRuntimePod,
      now: host.clock.now(),
      verdicts: (id) => this.probes.verdicts(id),
      waiting: this.starts.waiting,
      terminationMessages: this.messages.byContainer,
      runtimeName,
      nodeIp,
      ended,
      failure: this.failure,
    });
    statuses.set(this.pod, status);
  }

  /** What this kubelet last reported, with the conditions that others have written since. */
  private knownStatus(): PodStatus {
    const own = this.context.statuses.current(this.pod.metadata.uid);
    if (!own) return this.pod.status;
    const foreign = (this.pod.status.conditions ?? []).filter(({ type }) => !isOwnCondition(type));
    return { ...own, conditions: [...(own.conditions ?? []).filter(({ type }) => isOwnCondition(type)), ...foreign] };
  }

  private phase(): string | undefined {
    return this.knownStatus().phase;
  }

  private podIp(runtime: RuntimePod): string {
    return this.pod.spec.hostNetwork ? this.context.nodeIp : (currentSandbox(runtime)?.ips[0] ?? '');
  }

  private checkDeadline(): void {
    const seconds = this.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || this.failure || isTerminalPhase(this.phase())) return;
    const startedAt = parseTime(this.knownStatus().startTime ?? '') ?? this.context.host.clock.now();
    const deadline = startedAt + seconds * 1000;
    if (deadline > this.context.host.clock.now()) {
      this.wakeAt(deadline);
      return;
    }
    const message = 'Pod was active on the node longer than the specified deadline';
    this.failure = { reason: 'DeadlineExceeded', message };
    this.context.events.event(this.pod, 'Normal', 'DeadlineExceeded', message);
  }

  /** One timer a pod: the earliest moment at which something is due. */
  private wakeAt(at: Milliseconds): void {
    const { clock, timers } = this.context.host;
    if (at >= this.timerAt && this.timerAt > clock.now()) return;
    this.timer?.cancel();
    this.timerAt = at;
    this.timer = timers.after(Math.max(1, at - clock.now()), () => {
      this.timerAt = Number.POSITIVE_INFINITY;
      this.wake();
    });
  }
}
