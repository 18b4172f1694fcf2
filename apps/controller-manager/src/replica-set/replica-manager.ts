import { type ApiObject, keyOf, type ObjectKey, Pod, type ReplicaSet, type ResourceType } from '@orrery/api';
import { controllerOf, type EventRecorder, type Informers, type Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, requeueAfter } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { sameJson } from '../conditions/same-json.ts';
import { isNamespaceTerminating } from '../namespace/namespace-terminating.ts';
import { applyClaim, planClaim } from '../ownership/claim.ts';
import { planReplicaSet, podFromTemplate, type ReplicaSetPlan, slowStartBatches } from './plan-replica-set.ts';
import { type ManageFailure, nextAvailabilityIn, replicaSetStatus } from './replica-set-status.ts';

/** How objects of one kind are read as ReplicaSets, and their status is written back. */
export interface ReplicatedKind<Owner extends ApiObject> {
  readonly type: ResourceType<Owner>;
  asReplicaSet(owner: Owner): ReplicaSet;
  withStatus(owner: Owner, status: ReplicaSet['status']): Owner;
}

/** Keeps `spec.replicas` pods per owner: the work that ReplicaSets and ReplicationControllers share. */
export class ReplicaManager<Owner extends ApiObject> {
  private readonly owners: Lister<Owner>;
  private readonly pods: Lister<Pod>;

  constructor(
    private readonly kind: ReplicatedKind<Owner>,
    informers: Informers,
    private readonly events: EventRecorder,
    private readonly clock: Clock,
  ) {
    this.owners = informers.for(kind.type).lister;
    this.pods = informers.for(Pod, { indexes: { [orphanIndex]: orphanNamespace } }).lister;
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome> {
    const owner = this.owners.get(key);
    if (owner === undefined) return done();
    const replicaSet = this.kind.asReplicaSet(owner);
    const owned = await this.claimPods(replicaSet, context);
    if (context.signal.aborted) return done();

    const plan = planReplicaSet(replicaSet, owned, this.relatedPods(replicaSet), this.clock.now());
    const failure = await this.applyPlan(replicaSet, plan, context);
    if (context.signal.aborted) return done();

    await this.writeStatus(owner, replicaSet, owned, failure, context);
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
    return applyClaim(api, Pod, replicaSet, this.kind.type, planClaim(replicaSet, selector, candidates));
  }

  /** Pods of all owners with the same owner above them: they share the application's spread over nodes. */
  private relatedPods(replicaSet: ReplicaSet): Pod[] {
    const above = controllerOf(replicaSet);
    if (above === undefined) return this.pods.ownedBy(replicaSet);
    return this.owners
      .list(replicaSet.metadata.namespace)
      .filter((sibling) => controllerOf(sibling)?.uid === above.uid)
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
    owner: Owner,
    replicaSet: ReplicaSet,
    owned: readonly Pod[],
    failure: ManageFailure | undefined,
    { api }: ReconcileContext,
  ): Promise<void> {
    const changed = this.kind.withStatus(owner, replicaSetStatus(replicaSet, owned, failure, this.clock.now()));
    if (!sameJson(changed, owner)) await api.updateStatus(this.kind.type, changed);
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
