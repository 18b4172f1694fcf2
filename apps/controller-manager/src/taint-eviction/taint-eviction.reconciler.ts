import { keyOf, keyText, Node, type ObjectKey, Pod } from '@orrery/api';
import type { EventRecorder, Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { planEviction } from './plan-eviction.ts';

const nodeIndex = 'spec.nodeName';

/** Removes pods from nodes with NoExecute taints that they do not tolerate, or no longer. */
@Reconciler({ for: Pod, watches: [watch(Node, podsOnTaintedNode)], name: 'taint-eviction-controller' })
export class TaintEvictionReconciler {
  private readonly pods: Lister<Pod>;
  private readonly nodes: Lister<Node>;

  constructor(
    informers: Informers,
    private readonly events: EventRecorder,
    private readonly clock: Clock,
  ) {
    this.pods = informers.for(Pod, { indexes: { [nodeIndex]: nodeOfPod } }).lister;
    this.nodes = informers.for(Node).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const pod = this.pods.get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return done();
    const node = this.nodes.get({ namespace: '', name: pod.spec.nodeName ?? '' });
    const plan = planEviction(node?.spec.taints ?? [], pod.spec.tolerations ?? [], this.clock.now());
    switch (plan.kind) {
      case 'stay':
        return done();
      case 'evict-in':
        return requeueAfter(plan.delay);
      case 'evict':
        this.events.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${keyText(key)}`);
        await api.delete(Pod, key, { preconditions: { uid: pod.metadata.uid } });
        return done();
      default:
        return plan satisfies never;
    }
  }
}

function podsOnTaintedNode(node: Node, informers: Informers): ObjectKey[] {
  if (!node.spec.taints?.some(({ effect }) => effect === 'NoExecute')) return [];
  const { lister } = informers.for(Pod, { indexes: { [nodeIndex]: nodeOfPod } });
  return lister.byIndex(nodeIndex, node.metadata.name).map(keyOf);
}

function nodeOfPod({ spec }: Pod): string[] {
  return spec.nodeName ? [spec.nodeName] : [];
}
