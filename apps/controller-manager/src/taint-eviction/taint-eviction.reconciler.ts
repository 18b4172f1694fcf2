import { keyOf, keyText, Node, type ObjectKey, Pod } from '@orrery/api';
import type { EventRecorder, Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import type { Clock, Milliseconds } from '@orrery/runtime';
import { type EvictionPlan, planEviction } from './plan-eviction.ts';

const nodeIndex = 'spec.nodeName';

/** Removes pods from nodes with NoExecute taints that they do not tolerate, or no longer. */
@Reconciler({ for: Pod, watches: [watch(Node, podsOnTaintedNode)], name: 'taint-eviction-controller' })
export class TaintEvictionReconciler {
  private readonly pods: Lister<Pod>;
  private readonly nodes: Lister<Node>;
  /** When each pod on a node with a taint was first seen to tolerate it; kept while it does. */
  private readonly toleratingSince = new Map<string, { readonly uid: string; readonly since: Milliseconds }>();

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
    const plan = this.plan(pod, keyText(key));
    if (pod === undefined) return done();
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

  private plan(pod: Pod | undefined, key: string): EvictionPlan {
    const now = this.clock.now();
    const known = this.toleratingSince.get(key);
    const uid = pod?.metadata.uid ?? '';
    const since = known?.uid === uid ? known.since : now;
    const plan = pod === undefined ? ({ kind: 'stay' } as const) : this.planFor(pod, now, since);
    if (plan.kind === 'stay') this.toleratingSince.delete(key);
    else this.toleratingSince.set(key, { uid, since });
    return plan;
  }

  private planFor({ metadata, spec }: Pod, now: Milliseconds, since: Milliseconds): EvictionPlan {
    if (metadata.deletionTimestamp !== undefined) return { kind: 'stay' };
    const node = this.nodes.get({ namespace: '', name: spec.nodeName ?? '' });
    return planEviction(node?.spec.taints ?? [], spec.tolerations ?? [], now, since);
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
