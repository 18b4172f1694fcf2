import { keyOf, Node, type ObjectKey, Pod } from '@orrery/api';
import type { Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import { type Clock, formatTime, type Milliseconds } from '@orrery/runtime';
import { isPodTerminal } from '../pods/pod-state.ts';

/** Pods that have ended and are kept for people to look at; beyond it the oldest goes. */
const terminatedMax = 12_500;
/** A node has to be missing for this long before its pods go: it may only just have registered. */
const quarantine: Milliseconds = 40_000;
const nodeIndex = 'spec.nodeName';
const terminatedIndex = 'ended';

/** Removes pods that nobody will ever finish: on nodes that are gone, deleted before they had a node, or ended long ago. */
@Reconciler({ for: Pod, watches: [watch(Node, podsOnNode)], name: 'pod-garbage-collector-controller' })
export class PodGarbageCollectorReconciler {
  private readonly pods: Lister<Pod>;
  private readonly nodes: Lister<Node>;
  private readonly missingSince = new Map<string, Milliseconds>();

  constructor(
    informers: Informers,
    private readonly clock: Clock,
  ) {
    this.pods = informers.for(Pod, { indexes: { [nodeIndex]: nodeOfPod, [terminatedIndex]: endedPod } }).lister;
    this.nodes = informers.for(Node).lister;
  }

  async reconcile(key: ObjectKey, { api, signal }: ReconcileContext): Promise<Outcome> {
    const pod = this.pods.get(key);
    if (pod === undefined) return done();
    const nodeName = pod.spec.nodeName ?? '';
    if (nodeName === '') {
      if (pod.metadata.deletionTimestamp !== undefined) await deleteNow(pod, api);
      return done();
    }
    if (isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined) await this.deleteOldest(api);
    if (signal.aborted) return done();

    const wait = this.missingFor(nodeName);
    if (wait === undefined) return done();
    if (wait > 0) return requeueAfter(wait);
    if ((await api.get(Node, { namespace: '', name: nodeName })) !== undefined) return done();
    await this.markFailed(pod, api);
    await deleteNow(pod, api);
    return done();
  }

  /** Time until a missing node counts as gone; `undefined` where the node exists. */
  private missingFor(nodeName: string): Milliseconds | undefined {
    if (this.nodes.get({ namespace: '', name: nodeName }) !== undefined) {
      this.missingSince.delete(nodeName);
      return undefined;
    }
    const now = this.clock.monotonic();
    const since = this.missingSince.get(nodeName) ?? now;
    this.missingSince.set(nodeName, since);
    return Math.max(0, since + quarantine - now);
  }

  private async deleteOldest(api: ReconcileContext['api']): Promise<void> {
    const ended = this.pods.byIndex(terminatedIndex, '');
    if (ended.length <= terminatedMax) return;
    const oldest = ended.sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1));
    for (const pod of oldest.slice(0, ended.length - terminatedMax)) await deleteNow(pod, api);
  }

  private async markFailed(pod: Pod, api: ReconcileContext['api']): Promise<void> {
    if (isPodTerminal(pod)) return;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: formatTime(this.clock.now()),
    };
    const others = (pod.status.conditions ?? []).filter(({ type }) => type !== condition.type);
    const status = { ...pod.status, phase: 'Failed', conditions: [...others, condition] };
    await api.updateStatus(Pod, { ...pod, status });
  }
}

function deleteNow(pod: Pod, api: ReconcileContext['api']): Promise<void> {
  return api.delete(Pod, keyOf(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
}

function podsOnNode(node: Node, informers: Informers): ObjectKey[] {
  const { lister } = informers.for(Pod, { indexes: { [nodeIndex]: nodeOfPod } });
  if (informers.for(Node).lister.get(keyOf(node)) !== undefined) return [];
  return lister.byIndex(nodeIndex, node.metadata.name).map(keyOf);
}

function nodeOfPod({ spec }: Pod): string[] {
  return spec.nodeName ? [spec.nodeName] : [];
}

function endedPod(pod: Pod): string[] {
  return isPodTerminal(pod) ? [''] : [];
}
