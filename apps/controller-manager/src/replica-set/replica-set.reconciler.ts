import { keyOf, type ObjectKey, Pod, ReplicaSet } from '@orrery/api';
import { controllerOf, type EventRecorder, type Informers, type Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { sameJson } from '../conditions/same-json.ts';
import { isNamespaceTerminating } from '../namespace/namespace-terminating.ts';
import { adoptersOf, applyClaim, planClaim } from '../ownership/claim.ts';
import { planReplicaSet, podFromTemplate, type ReplicaSetPlan, slowStartBatches } from './plan-replica-set.ts';
import { type ManageFailure, nextAvailabilityIn, replicaSetStatus } from './replica-set-status.ts';

/** Keeps `spec.replicas` pods per ReplicaSet. */
@Reconciler({
  for: ReplicaSet,
  owns: [Pod],
  watches: [watch(Pod, (pod, informers) => adoptersOf(pod, informers.for(ReplicaSet).lister))],
  name: 'replicaset-controller',
  concurrency: 32,
})
export class ReplicaSetReconciler {
  private readonly replicaSets: Lister<ReplicaSet>;
  private readonly pods: Lister<Pod>;

  constructor(
    informers: Informers,
    private readonly events: EventRecorder,
    private readonly clock: Clock,
  ) {
    this.replicaSets = informers.for(ReplicaSet).lister;
    this.pods = informers.for(Pod, { indexes: { [orphanIndex]: orphanNamespace } }).lister;
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome> {
    const replicaSet = this.replicaSets.get(key);
    if (replicaSet === undefined) return done();
    const owned = await this.claimPods(replicaSet, context);
    if (context.signal.aborted) return done();

    const plan = planReplicaSet(replicaSet, owned, this.relatedPods(replicaSet), this.clock.now());
    const failure = await this.applyPlan(replicaSet, plan, context);
    if (context.signal.aborted) return done();

    await this.writeStatus(replicaSet, owned, failure, context);
    if (failure !== undefined) throw new ManageReplicasError(failure);
    const wait = nextAvailabilityIn(replicaSet, owned, this.clock.now());
    return wait === undefined ? done() : requeueAfter(wait);
  }

  private claimPods(replicaSet: ReplicaSet, { api }: ReconcileContext): Promise<Pod[]> {
    const { selector } = replicaSet.spec;
    const candidates = [
      ...this.pods.ownedBy(replicaSet),
      ...this.pods.byIndex(orphanIndex, replicaSet.metadata.namespace ?? ''),
    ];
    return applyClaim(api, Pod, replicaSet, ReplicaSet, planClaim(replicaSet, selector, candidates));
  }

  /** Pods of all ReplicaSets with the same owner: they share the application's spread over nodes. */
  private relatedPods(replicaSet: ReplicaSet): Pod[] {
    const owner = controllerOf(replicaSet);
    if (owner === undefined) return this.pods.ownedBy(replicaSet);
    return this.replicaSets
      .list(replicaSet.metadata.namespace)
      .filter((sibling) => controllerOf(sibling)?.uid === owner.uid)
      .flatMap((sibling) => this.pods.ownedBy(sibling));
  }

  private async applyPlan(
    replicaSet: ReplicaSet,
    plan: ReplicaSetPlan,
    context: ReconcileContext,
  ): Promise<ManageFailure | undefined> {
    switch (plan.step) {
      case 'none':
        return undefined;
      case 'create':
        return this.createPods(replicaSet, plan.count, context);
      case 'delete':
        return this.deletePods(replicaSet, plan.pods, context);
      default:
        return plan satisfies never;
    }
  }

  private async createPods(
    replicaSet: ReplicaSet,
    count: number,
    { api, signal }: ReconcileContext,
  ): Promise<ManageFailure | undefined> {
    const draft = podFromTemplate(replicaSet);
    for (const size of slowStartBatches(count)) {
      if (signal.aborted) return undefined;
      const attempts = Array.from({ length: size }, async () => {
        const pod = await api.create(Pod, draft);
        this.events.event(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      });
      const error = await firstError(attempts);
      if (error === undefined) continue;
      if (isNamespaceTerminating(error)) return undefined;
      this.events.event(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${textOf(error)}`);
      return { reason: 'FailedCreate', message: textOf(error) };
    }
    return undefined;
  }

  private async deletePods(
    replicaSet: ReplicaSet,
    pods: readonly Pod[],
    { api }: ReconcileContext,
  ): Promise<ManageFailure | undefined> {
    const attempts = pods.map(async (pod) => {
      await api.delete(Pod, keyOf(pod), { preconditions: { uid: pod.metadata.uid } });
      this.events.event(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    });
    const error = await firstError(attempts);
    if (error === undefined) return undefined;
    this.events.event(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${textOf(error)}`);
    return { reason: 'FailedDelete', message: textOf(error) };
  }

  private async writeStatus(
    replicaSet: ReplicaSet,
    owned: readonly Pod[],
    failure: ManageFailure | undefined,
    { api }: ReconcileContext,
  ): Promise<void> {
    const status = replicaSetStatus(replicaSet, owned, failure, this.clock.now());
    if (sameJson(status, replicaSet.status)) return;
    await api.updateStatus(ReplicaSet, { ...replicaSet, status });
  }
}

/** Pods could not be created or deleted; the status says so too. */
export class ManageReplicasError extends Error {
  override readonly name = 'ManageReplicasError';
  constructor(readonly failure: ManageFailure) {
    super(failure.message);
  }
}

async function firstError(attempts: readonly Promise<void>[]): Promise<unknown> {
  const results = await Promise.allSettled(attempts);
  return results.find((result) => result.status === 'rejected')?.reason;
}

const orphanIndex = 'namespace of pods without controller';

function orphanNamespace(pod: Pod): string[] {
  return controllerOf(pod) === undefined ? [pod.metadata.namespace ?? ''] : [];
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
