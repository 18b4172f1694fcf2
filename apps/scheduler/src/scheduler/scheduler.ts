import { isNotFound, keyOf, Node, Pod } from '@orrery/api';
import type { Subscription } from '@orrery/bus';
import type { ApiClient, EventRecorder, Informer, Informers } from '@orrery/client';
import type { Host, Logger } from '@orrery/runtime';
import { ClusterCache } from '../cluster-cache/cluster-cache.ts';
import { PodInfo } from '../cluster-cache/node-info.ts';
import { plugins } from '../framework/plugins.ts';
import { chooseNode } from '../scheduling-cycle/scheduling-cycle.ts';
import { type QueuedPod, SchedulingQueue } from '../scheduling-queue/scheduling-queue.ts';
import { affectsScheduling } from './node-changes.ts';
import { unschedulablePatch } from './unschedulable-condition.ts';

/** Bindings that are being written at once. */
const bindingsMax = 128;
/** Pods decided on before other work of the process gets its turn. */
const batchMax = 64;

export interface SchedulerParts {
  readonly schedulerName: string;
  readonly api: ApiClient;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly host: Host;
}

/** Gives each pod without a node its node. Decides for one pod after the other, writes bindings side by side. */
export class Scheduler {
  private readonly pods: Informer<Pod>;
  private readonly nodes: Informer<Node>;
  private readonly cache = new ClusterCache();
  private readonly queue: SchedulingQueue;
  private readonly logger: Logger;
  private subscriptions: Subscription[] = [];
  private leading = false;
  private bindings = 0;
  private turn: Promise<void> | undefined;
  private startAt = 0;

  constructor(private readonly parts: SchedulerParts) {
    const { informers, host } = parts;
    this.pods = informers.for(Pod);
    this.nodes = informers.for(Node);
    this.logger = host.logger.child({ component: 'scheduler' });
    this.queue = new SchedulingQueue(host.clock, host.timers, () => this.wake());
  }

  /** Follows nodes and pods; resolves when what exists is known. Decides nothing before `lead`. */
  async start(): Promise<void> {
    this.subscriptions = [
      this.nodes.onChange(({ previous, current }) => this.nodeChanged(previous, current)),
      this.pods.onChange(({ previous, current }) => this.podChanged(previous, current)),
    ];
    await this.parts.informers.start();
  }

  /** Schedules until `signal` aborts; then resolves when nothing is being written any more. */
  async lead(signal: AbortSignal): Promise<void> {
    this.leading = true;
    this.wake();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.leading = false;
    await this.turn;
  }

  async stop(): Promise<void> {
    this.leading = false;
    this.queue.stop();
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
    await this.turn;
    await this.parts.informers.stop();
  }

  private nodeChanged(previous: Node | undefined, current: Node | undefined): void {
    if (!current) {
      if (previous) this.cache.removeNode(previous.metadata.name);
      return;
    }
    this.cache.setNode(current);
    if (!previous || affectsScheduling(previous, current)) this.queue.clusterChanged();
  }

  private podChanged(previous: Pod | undefined, current: Pod | undefined): void {
    const pod = current ?? previous;
    if (!pod) return;
    const { uid } = pod.metadata;
    const ended = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
    if (!current || ended) {
      this.queue.remove(uid);
      this.cache.removePod(uid);
      if (pod.spec.nodeName) this.queue.clusterChanged();
      return;
    }
    if (current.spec.nodeName) {
      this.queue.remove(uid);
      this.cache.setPod(current, current.spec.nodeName);
      return;
    }
    // Its binding is on the way; this state is older.
    if (this.cache.hasPod(uid)) return;
    if (current.metadata.deletionTimestamp || (current.spec.schedulingGates ?? []).length > 0) {
      this.queue.remove(uid);
    } else if ((current.spec.schedulerName ?? this.parts.schedulerName) === this.parts.schedulerName) {
      if (previous && previous.metadata.generation === current.metadata.generation) this.queue.refresh(current);
      else this.queue.add(current);
    }
  }

  private wake(): void {
    if (this.leading) this.turn ??= this.takeTurn();
  }

  private async takeTurn(): Promise<void> {
    // Whoever woke us first finishes what it was doing; several pods that came together are then seen together.
    await Promise.resolve();
    let decided = 0;
    while (this.leading && this.bindings < bindingsMax) {
      const queued = this.queue.take();
      if (!queued) break;
      this.schedule(queued);
      decided += 1;
      if (decided % batchMax === 0) await this.parts.host.timers.sleep(0);
    }
    this.turn = undefined;
  }

  private schedule(queued: QueuedPod): void {
    const { pod } = queued;
    const nodes = this.cache.snapshot();
    const decision = chooseNode(new PodInfo(pod), nodes, plugins, this.parts.host.random, this.startAt);
    this.startAt = nodes.length === 0 ? 0 : (this.startAt + decision.nodesExamined) % nodes.length;
    this.bindings += 1;
    const work =
      decision.kind === 'node' ? this.bind(queued, decision.node) : this.reportUnschedulable(queued, decision.message);
    void work.finally(() => {
      this.bindings -= 1;
      this.wake();
    });
  }

  private async bind(queued: QueuedPod, node: string): Promise<void> {
    const { api, events } = this.parts;
    const { pod } = queued;
    const { name, namespace, uid } = pod.metadata;
    this.cache.setPod(pod, node);
    try {
      await api.createSubresource(Pod, keyOf(pod), 'binding', {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      });
    } catch (error) {
      this.bindingFailed(queued, error);
      return;
    }
    this.queue.done(uid);
    events.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
  }

  private bindingFailed(queued: QueuedPod, error: unknown): void {
    const { uid, name, namespace } = queued.pod.metadata;
    // The informer may have told by now that the pod runs on a node after all; then that holds.
    const known = this.pods.lister.get(keyOf(queued.pod));
    if (known?.metadata.uid !== uid || !known.spec.nodeName) this.cache.removePod(uid);
    if (isNotFound(error)) {
      this.queue.remove(uid);
      return;
    }
    this.logger.warn('binding failed', { pod: `${namespace}/${name}`, error });
    this.queue.clusterChanged();
    this.queue.failed(queued);
  }

  private async reportUnschedulable(queued: QueuedPod, message: string): Promise<void> {
    const { api, events, host } = this.parts;
    const { pod } = queued;
    this.queue.failed(queued);
    events.event(pod, 'Warning', 'FailedScheduling', message);
    const patch = unschedulablePatch(pod, message, host.clock.now());
    if (!patch) return;
    try {
      await api.patch(Pod, keyOf(pod), { type: 'strategic', body: patch }, { subresource: 'status' });
    } catch (error) {
      if (!isNotFound(error)) this.logger.warn('condition not written', { pod: pod.metadata.name, error });
    }
  }
}
