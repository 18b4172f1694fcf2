import { type ObjectKey, Pod, ReplicaSet } from '@orrery/api';
import type { EventRecorder, Informers } from '@orrery/client';
import { type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { adoptersOf } from '../ownership/claim.ts';
import { ReplicaManager, type ReplicatedKind } from './replica-manager.ts';

const replicaSets: ReplicatedKind<ReplicaSet> = {
  type: ReplicaSet,
  asReplicaSet: (replicaSet) => replicaSet,
  withStatus: (replicaSet, status) => ({ ...replicaSet, status }),
};

/** Keeps `spec.replicas` pods per ReplicaSet. */
@Reconciler({
  for: ReplicaSet,
  owns: [Pod],
  watches: [watch(Pod, (pod, informers) => adoptersOf(pod, informers.for(ReplicaSet).lister))],
  name: 'replicaset-controller',
  concurrency: 32,
})
export class ReplicaSetReconciler {
  private readonly manager: ReplicaManager<ReplicaSet>;

  constructor(informers: Informers, events: EventRecorder, clock: Clock) {
    this.manager = new ReplicaManager(replicaSets, informers, events, clock);
  }

  reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome> {
    return this.manager.reconcile(key, context);
  }
}
