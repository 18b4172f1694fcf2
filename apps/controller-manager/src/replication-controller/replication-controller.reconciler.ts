import { type LabelSelector, type ObjectKey, Pod, ReplicationController } from '@orrery/api';
import type { EventRecorder, Informers } from '@orrery/client';
import { type Outcome, type ReconcileContext, Reconciler, watch } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { adoptersOf } from '../ownership/claim.ts';
import { ReplicaManager, type ReplicatedKind } from '../replica-set/replica-manager.ts';

/** A ReplicationController is a ReplicaSet that selects by plain labels and does not count pods that are on their way out. */
const replicationControllers: ReplicatedKind<ReplicationController> = {
  type: ReplicationController,
  asReplicaSet: (controller) => ({
    ...controller,
    spec: { ...controller.spec, selector: selectorOf(controller) },
  }),
  withStatus: (controller, { terminatingReplicas: _terminating, ...status }) => ({ ...controller, status }),
};

/** Keeps `spec.replicas` pods per ReplicationController. */
@Reconciler({
  for: ReplicationController,
  owns: [Pod],
  watches: [watch(Pod, (pod, informers) => adoptersOf(pod, informers.for(ReplicationController).lister, selectorOf))],
  name: 'replicationcontroller-controller',
})
export class ReplicationControllerReconciler {
  private readonly manager: ReplicaManager<ReplicationController>;

  constructor(informers: Informers, events: EventRecorder, clock: Clock) {
    this.manager = new ReplicaManager(replicationControllers, informers, events, clock);
  }

  reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome> {
    return this.manager.reconcile(key, context);
  }
}

function selectorOf({ spec }: ReplicationController): LabelSelector {
  return { matchLabels: spec.selector ?? {} };
}
