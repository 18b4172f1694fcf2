import type { Container, Pod } from '@orrery/api';
import type { Milliseconds } from '@orrery/runtime';
import { containerHash } from '../cri/pod-labels.ts';
import { initContainersOf, isSidecar, podText, shouldRestart } from './pod-shape.ts';
import { afterRetry, type BackOffEntry, durationText, retryAt } from './restart-back-off.ts';
import { currentSandbox, newestContainer, type RuntimeContainer, type RuntimePod } from './runtime-pod.ts';

/** What the probes last said of one running container. `unknown`: not decided yet. */
export interface ProbeVerdicts {
  readonly startup: ProbeVerdict;
  readonly liveness: ProbeVerdict;
  readonly readiness: ProbeVerdict;
}
export type ProbeVerdict = 'unknown' | 'success' | 'failure';

/** Everything that the next steps of a pod depend on. */
export interface PodObservation {
  readonly pod: Pod;
  readonly runtime: RuntimePod;
  readonly now: Milliseconds;
  /** By container id. */
  readonly verdicts: (containerId: string) => ProbeVerdicts;
  /** By container name. */
  readonly backOffs: ReadonlyMap<string, BackOffEntry>;
}

export type PodAction =
  /** Stops all containers and sandboxes: the pod has ended, or has to begin again in a new sandbox. */
  | { readonly kind: 'killPod' }
  | { readonly kind: 'createSandbox'; readonly attempt: number }
  | {
      readonly kind: 'startContainer';
      readonly container: Container;
      readonly restartCount: number;
      /** What to remember of this restart; undefined for a first start. */
      readonly backOff: BackOffEntry | undefined;
    }
  | {
      readonly kind: 'killContainer';
      readonly container: RuntimeContainer;
      readonly spec: Container;
      /** Follows `Container web ` in the event. */
      readonly message: string;
      readonly cause: 'startup' | 'liveness' | 'specChange';
    };

export interface PodPlan {
  /** To be done in this order. Empty: the pod is as it should be, for now. */
  readonly actions: readonly PodAction[];
  /** Containers that are due to start but have to wait, by name, with the words of their status. */
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
  /** When time alone makes the next step due. */
  readonly wakeAt: Milliseconds | undefined;
}

/** The next safe steps for a pod that is neither terminating nor ended. */
export function planPod(observation: PodObservation): PodPlan {
  const planner = new PodPlanner(observation);
  planner.plan();
  return { actions: planner.actions, waiting: planner.waiting, wakeAt: planner.wakeAt };
}

/** Whether all init containers have done their part, so that the pod's containers may run. */
export function isInitialized(pod: Pod, runtime: RuntimePod, verdicts: PodObservation['verdicts']): boolean {
  const sandbox = runtime.sandboxes[0];
  if (!sandbox) return initContainersOf(pod).length === 0;
  if (hasMainContainer(pod, runtime, sandbox.id)) return true;
  return initContainersOf(pod).every((container) => {
    const current = runtime.containers.find((c) => c.name === container.name && c.sandboxId === sandbox.id);
    return current !== undefined && initStep(container, current, verdicts) === 'done';
  });
}

class PodPlanner {
  readonly actions: PodAction[] = [];
  readonly waiting = new Map<string, { reason: string; message: string }>();
  wakeAt: Milliseconds | undefined;

  constructor(private readonly observation: PodObservation) {}

  plan(): void {
    const { pod, runtime } = this.observation;
    const sandbox = currentSandbox(runtime);
    const hasNetwork = sandbox !== undefined && (pod.spec.hostNetwork === true || sandbox.ips.length > 0);
    if (!sandbox || !hasNetwork) {
      this.planSandbox();
      return;
    }
    if (hasMainContainer(pod, runtime, sandbox.id)) this.planSidecars(sandbox.id);
    else if (!this.planInitContainers(sandbox.id)) return;
    this.planMainContainers();
  }

  private planSandbox(): void {
    const { runtime } = this.observation;
    const previous = runtime.sandboxes[0];
    if (previous && !this.hasSomethingToStart()) {
      this.actions.push({ kind: 'killPod' });
      return;
    }
    const leftovers = previous?.ready || runtime.containers.some((container) => container.state === 'running');
    if (leftovers) this.actions.push({ kind: 'killPod' });
    this.actions.push({ kind: 'createSandbox', attempt: previous ? previous.attempt + 1 : 0 });
  }

  /** A pod that has ended needs no new sandbox. */
  private hasSomethingToStart(): boolean {
    const { pod, runtime } = this.observation;
    if (pod.spec.restartPolicy === 'Never' && runtime.containers.length > 0) return false;
    return pod.spec.containers.some((container) => {
      const previous = newestContainer(runtime, container.name);
      return shouldRestart(pod, container, previous?.state === 'exited' ? previous.exitCode : undefined);
    });
  }

  /** True when the main containers' turn has come. */
  private planInitContainers(sandboxId: string): boolean {
    for (const container of initContainersOf(this.observation.pod)) {
      const current = this.inSandbox(container.name, sandboxId);
      if (!current) {
        this.start(container, this.newest(container.name));
        return false;
      }
      const step = initStep(container, current, this.observation.verdicts);
      if (step === 'failed') {
        if (shouldRestart(this.observation.pod, container, current.exitCode)) this.start(container, current);
        else this.actions.push({ kind: 'killPod' });
        return false;
      }
      if (isSidecar(container)) this.killIfUnhealthy(container, current);
      if (step === 'running') return false;
    }
    return true;
  }

  /** Sidecars are kept alive for as long as the pod runs. */
  private planSidecars(sandboxId: string): void {
    if (this.mainContainersHaveEnded()) return;
    for (const container of initContainersOf(this.observation.pod).filter(isSidecar)) {
      const current = this.inSandbox(container.name, sandboxId);
      if (!current || current.state === 'exited') this.start(container, current);
      else if (current.state === 'running') this.killIfUnhealthy(container, current);
    }
  }

  private planMainContainers(): void {
    const { pod } = this.observation;
    if (this.mainContainersHaveEnded()) {
      this.actions.push({ kind: 'killPod' });
      return;
    }
    for (const container of pod.spec.containers) {
      const current = this.newest(container.name);
      if (!current || current.state === 'created' || current.state === 'unknown') this.start(container, current);
      else if (current.state === 'exited') {
        if (shouldRestart(pod, container, current.exitCode)) this.start(container, current);
      } else this.killIfUnhealthy(container, current);
    }
  }

  private mainContainersHaveEnded(): boolean {
    const { pod } = this.observation;
    return pod.spec.containers.every((container) => {
      const current = this.newest(container.name);
      return current?.state === 'exited' && !shouldRestart(pod, container, current.exitCode);
    });
  }

  private killIfUnhealthy(spec: Container, container: RuntimeContainer): void {
    if (container.state !== 'running') return;
    const verdicts = this.observation.verdicts(container.id);
    if (container.hash !== '' && container.hash !== containerHash(spec)) {
      this.actions.push({
        kind: 'killContainer',
        container,
        spec,
        message: 'definition changed, will be restarted',
        cause: 'specChange',
      });
    } else if (spec.startupProbe && verdicts.startup === 'failure') {
      this.actions.push({
        kind: 'killContainer',
        container,
        spec,
        message: 'failed startup probe, will be restarted',
        cause: 'startup',
      });
    } else if (spec.livenessProbe && verdicts.liveness === 'failure') {
      this.actions.push({
        kind: 'killContainer',
        container,
        spec,
        message: 'failed liveness probe, will be restarted',
        cause: 'liveness',
      });
    }
  }

  private start(container: Container, previous: RuntimeContainer | undefined): void {
    const { pod, now, backOffs } = this.observation;
    const restartCount = previous ? previous.restartCount + 1 : 0;
    if (previous?.state !== 'exited') {
      this.actions.push({ kind: 'startContainer', container, restartCount, backOff: undefined });
      return;
    }
    const entry = backOffs.get(container.name);
    const at = retryAt(entry, previous.finishedAt, now);
    if (at === undefined || !entry) {
      const backOff = afterRetry(entry, previous.finishedAt, now);
      this.actions.push({ kind: 'startContainer', container, restartCount, backOff });
      return;
    }
    this.waiting.set(container.name, {
      reason: 'CrashLoopBackOff',
      message: `back-off ${durationText(entry.delay)} restarting failed container=${container.name} pod=${podText(pod)}`,
    });
    this.wakeAt = Math.min(this.wakeAt ?? Number.POSITIVE_INFINITY, at);
  }

  private newest(name: string): RuntimeContainer | undefined {
    return newestContainer(this.observation.runtime, name);
  }

  private inSandbox(name: string, sandboxId: string): RuntimeContainer | undefined {
    return this.observation.runtime.containers.find((c) => c.name === name && c.sandboxId === sandboxId);
  }
}

function hasMainContainer(pod: Pod, runtime: RuntimePod, sandboxId: string): boolean {
  const names = new Set(pod.spec.containers.map((container) => container.name));
  return runtime.containers.some((container) => container.sandboxId === sandboxId && names.has(container.name));
}

function initStep(
  container: Container,
  current: RuntimeContainer,
  verdicts: PodObservation['verdicts'],
): 'running' | 'done' | 'failed' {
  if (current.state === 'exited') {
    if (isSidecar(container)) return 'failed';
    return current.exitCode === 0 ? 'done' : 'failed';
  }
  if (current.state !== 'running' || !isSidecar(container)) return 'running';
  return container.startupProbe && verdicts(current.id).startup !== 'success' ? 'running' : 'done';
}
