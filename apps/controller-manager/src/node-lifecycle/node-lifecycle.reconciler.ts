import { Lease, Node, type ObjectKey, Pod } from '@orrery/api';
import type { EventRecorder, Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import { type Clock, formatTime, type Milliseconds } from '@orrery/runtime';
import { sameJson } from '../conditions/same-json.ts';
import { isPodReady, isPodTerminal } from '../pods/pod-state.ts';
import { conditionOf, desiredTaints, gracePeriod, silentConditions, startupGracePeriod } from './plan-node.ts';

const leaseNamespace = 'kube-node-lease';
const nodeIndex = 'spec.nodeName';

/** When a sign of life was last seen here; the node's own clock does not matter. */
interface Heard {
  readonly sign: string;
  readonly at: Milliseconds;
}

/** Notices nodes that fall silent, and marks nodes with the taints that follow from their conditions. */
@Reconciler({
  for: Node,
  watches: [watch(Lease, ({ metadata }) => nodeOfLease(metadata))],
  name: 'node-lifecycle-controller',
})
export class NodeLifecycleReconciler {
  private readonly nodes: Lister<Node>;
  private readonly leases: Lister<Lease>;
  private readonly pods: Lister<Pod>;
  private readonly heard = new Map<string, Heard>();

  constructor(
    informers: Informers,
    private readonly events: EventRecorder,
    private readonly clock: Clock,
  ) {
    this.nodes = informers.for(Node).lister;
    this.leases = informers.for(Lease).lister;
    this.pods = informers.for(Pod, { indexes: { [nodeIndex]: nodeOfPod } }).lister;
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome> {
    const node = this.nodes.get(key);
    if (node === undefined) {
      this.heard.delete(key.name);
      return done();
    }
    const wait = this.listen(node);
    const now = this.clock.now();
    const current = wait > 0 ? node : await this.markSilent(node, now, context);
    if (context.signal.aborted) return done();

    const taints = desiredTaints(current, now);
    if (!sameJson(taints, current.spec.taints ?? [])) {
      const { resourceVersion } = current.metadata;
      const body = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
      await context.api.patch(Node, key, { type: 'merge', body });
    }
    if (conditionOf(current, 'Ready')?.status !== 'True') await this.markPodsNotReady(current, context);
    return wait > 0 ? requeueAfter(wait) : done();
  }

  /** Time until the node counts as silent; 0 when it does. */
  private listen(node: Node): Milliseconds {
    const lease = this.leases.get({ namespace: leaseNamespace, name: node.metadata.name });
    const ready = conditionOf(node, 'Ready');
    const heartbeat = ready?.reason === 'NodeStatusUnknown' ? '' : (ready?.lastHeartbeatTime ?? '');
    const sign = `${lease?.spec.renewTime ?? ''} ${heartbeat}`;
    const now = this.clock.monotonic();
    const before = this.heard.get(node.metadata.name);
    if (before === undefined) this.registered(node);
    const isNews = before === undefined || (before.sign !== sign && sign.trim() !== '');
    const heard = isNews ? { sign, at: now } : before;
    this.heard.set(node.metadata.name, heard);
    const grace = ready === undefined ? startupGracePeriod : gracePeriod;
    return Math.max(0, heard.at + grace - now);
  }

  private registered(node: Node): void {
    const { name } = node.metadata;
    this.events.event(node, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
  }

  private async markSilent(node: Node, now: Milliseconds, { api }: ReconcileContext): Promise<Node> {
    const conditions = silentConditions(node, now);
    if (sameJson(conditions, node.status.conditions)) return node;
    const { name } = node.metadata;
    this.events.event(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    return api.updateStatus(Node, { ...node, status: { ...node.status, conditions } });
  }

  /** Services send nothing to pods on a node that is not ready. */
  private async markPodsNotReady(node: Node, { api, signal }: ReconcileContext): Promise<void> {
    for (const pod of this.pods.byIndex(nodeIndex, node.metadata.name)) {
      if (signal.aborted || !isPodReady(pod) || isPodTerminal(pod)) continue;
      const lastTransitionTime = formatTime(this.clock.now());
      const conditions = (pod.status.conditions ?? []).map((condition) =>
        condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime } : condition,
      );
      await api.updateStatus(Pod, { ...pod, status: { ...pod.status, conditions } });
      this.events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  }
}

function nodeOfLease({ namespace, name }: Lease['metadata']): ObjectKey[] {
  return namespace === leaseNamespace ? [{ namespace: '', name }] : [];
}

function nodeOfPod({ spec }: Pod): string[] {
  return spec.nodeName ? [spec.nodeName] : [];
}
