import type { Pod } from '@orrery/api';
import type { Subscription } from '@orrery/bus';
import type { Informer } from '@orrery/client';
import type { Milliseconds, Timer } from '@orrery/runtime';
import { podGracePeriodAnnotation, podNameLabel, podNamespaceLabel } from '../cri/pod-labels.ts';
import { isTerminalPhase, isTerminating } from '../pod-lifecycle/pod-shape.ts';
import type { NodeContext } from './node-context.ts';
import { admissionFailure } from './pod-admission.ts';
import { PodWorker } from './pod-worker.ts';
import { RuntimeEvents } from './runtime-events.ts';

const volumeRefreshInterval: Milliseconds = 60_000;

/** A worker for each pod of the node, woken by whatever concerns it: its object, its containers, its probes. */
export class PodWorkers {
  /** By uid. */
  private readonly workers = new Map<string, PodWorker>();
  private readonly runtimeEvents: RuntimeEvents;
  private subscription: Subscription | undefined;
  private refreshTimer: Timer | undefined;

  constructor(
    private readonly context: NodeContext,
    private readonly pods: Informer<Pod>,
    /** Called when a runtime that was away answers again: it may have forgotten what it was told. */
    private readonly onRuntimeBack: () => void,
  ) {
    const { cri, host } = context;
    this.runtimeEvents = new RuntimeEvents(cri, host.timers, host.logger, (uid) => this.runtimeChanged(uid));
  }

  /** Resolves when all pods that the API and the runtime know have a worker. The informer must have been started. */
  async start(): Promise<void> {
    await this.pods.synced();
    const present = await this.context.runtime.podsByUid();
    this.subscription = this.pods.onChange(({ previous, current }) => this.podChanged(previous, current, present));
    this.runtimeEvents.start();
    await this.removeOrphans(present);
    this.refreshTimer = this.context.host.timers.every(volumeRefreshInterval, () => this.refreshVolumes());
  }

  async stop(): Promise<void> {
    await this.subscription?.stop();
    this.refreshTimer?.cancel();
    await this.runtimeEvents.stop();
    await Promise.all([...this.workers.values()].map((worker) => worker.stop()));
    this.workers.clear();
  }

  /** The pods that have a worker. */
  list(): Pod[] {
    return [...this.workers.values()].map((worker) => worker.currentPod);
  }

  find(namespace: string, name: string): Pod | undefined {
    return this.list().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  private podChanged(previous: Pod | undefined, current: Pod | undefined, present: ReadonlyMap<string, unknown>): void {
    if (previous && previous.metadata.uid !== current?.metadata.uid) this.workers.get(previous.metadata.uid)?.remove();
    if (!current) return;
    const known = this.workers.get(current.metadata.uid);
    if (known) known.update(current);
    else this.add(current, present.has(current.metadata.uid));
  }

  private add(pod: Pod, isRunning: boolean): void {
    const { uid } = pod.metadata;
    const others = this.list();
    const worker = new PodWorker(this.context, pod, () => {
      this.workers.delete(uid);
      this.context.statuses.forget(uid);
    });
    this.workers.set(uid, worker);
    const isNew = !isRunning && !isTerminating(pod) && !isTerminalPhase(pod.status.phase);
    const failure = isNew ? admissionFailure(pod, others, this.context.allocatable) : undefined;
    if (failure) {
      this.context.events.event(pod, 'Warning', failure.reason, failure.message);
      worker.reject(failure);
    } else worker.wake();
  }

  private runtimeChanged(uid: string | undefined): void {
    if (uid !== undefined) {
      this.workers.get(uid)?.wake();
      return;
    }
    this.onRuntimeBack();
    for (const worker of this.workers.values()) worker.wake();
  }

  /** What runs or lies here of pods that the API does not know any more. */
  private async removeOrphans(
    present: ReadonlyMap<string, { labels: Record<string, string>; containerNames: string[] }>,
  ): Promise<void> {
    for (const [uid, { labels, containerNames }] of present) {
      if (this.workers.has(uid)) continue;
      this.add(orphanPod(uid, labels, containerNames), true);
      this.workers.get(uid)?.remove();
    }
    const { volumeDriver, folders, volumes } = this.context;
    for (const uid of await volumeDriver.list(folders.pods())) if (!this.workers.has(uid)) await volumes.tearDown(uid);
  }

  private refreshVolumes(): void {
    for (const worker of this.workers.values()) {
      worker
        .refreshVolumes()
        .catch((error: unknown) => this.context.host.logger.warn('volumes not refreshed', { error }));
    }
  }
}

/** As much of a pod as the runtime remembers: enough to take it away. */
function orphanPod(uid: string, labels: Record<string, string>, containerNames: readonly string[]): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: labels[podNameLabel] ?? uid,
      namespace: labels[podNamespaceLabel] ?? '',
      uid,
      creationTimestamp: '',
      resourceVersion: '',
    },
    spec: {
      containers: containerNames.map((name) => ({ name })),
      terminationGracePeriodSeconds: Number(labels[podGracePeriodAnnotation] ?? 30),
    },
    status: {},
  };
}
