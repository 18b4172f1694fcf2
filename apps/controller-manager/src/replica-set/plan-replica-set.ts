import type { Draft, Pod, ReplicaSet } from '@orrery/api';
import { controllerReference } from '@orrery/client';
import type { Milliseconds } from '@orrery/runtime';
import { isPodActive } from '../pods/pod-state.ts';
import { podsToDelete } from './pod-deletion-order.ts';

/** Pods created or deleted in one run; the rest follows in the next. */
export const burstReplicas = 500;

/** How the number of pods has to change. */
export type ReplicaSetPlan =
  | { readonly step: 'none' }
  | { readonly step: 'create'; readonly count: number }
  | { readonly step: 'delete'; readonly pods: readonly Pod[] };

/** `owned` are the pods of the ReplicaSet, `related` those of all ReplicaSets of the same owner. */
export function planReplicaSet(
  replicaSet: ReplicaSet,
  owned: readonly Pod[],
  related: readonly Pod[],
  now: Milliseconds,
): ReplicaSetPlan {
  if (replicaSet.metadata.deletionTimestamp !== undefined) return { step: 'none' };
  const active = owned.filter(isPodActive);
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  if (missing > 0) return { step: 'create', count: Math.min(missing, burstReplicas) };
  if (missing === 0) return { step: 'none' };
  const count = Math.min(-missing, burstReplicas);
  return { step: 'delete', pods: podsToDelete(active, related.filter(isPodActive), count, now) };
}

/** The pod that the ReplicaSet's template asks for. */
export function podFromTemplate(replicaSet: ReplicaSet): Draft<Pod> {
  const { metadata = {}, spec } = replicaSet.spec.template ?? {};
  const { labels, annotations, finalizers } = metadata as Partial<ReplicaSet['metadata']>;
  return {
    metadata: {
      generateName: `${replicaSet.metadata.name}-`,
      namespace: replicaSet.metadata.namespace,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(replicaSet)],
    },
    spec: spec ?? { containers: [] },
  };
}

/** Sizes of the batches of `count` creations: 1, 2, 4, … so that a template that is always refused is refused once, not 500 times. */
export function slowStartBatches(count: number): number[] {
  const batches: number[] = [];
  for (let size = 1, left = count; left > 0; size *= 2) {
    batches.push(Math.min(size, left));
    left -= size;
  }
  return batches;
}
