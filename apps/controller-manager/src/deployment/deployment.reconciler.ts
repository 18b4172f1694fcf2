import { Deployment, isAlreadyExists, keyOf, type ObjectKey, Pod, ReplicaSet } from '@orrery/api';
import { controllerOf, type EventRecorder, type Informers, isControlledBy, type Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { sameJson } from '../conditions/same-json.ts';
import { isNamespaceTerminating } from '../namespace/namespace-terminating.ts';
import { adoptersOf, applyClaim, planClaim } from '../ownership/claim.ts';
import { revisionAnnotation, revisionOf } from './deployment-annotations.ts';
import {
  conditionOf,
  progressDeadlineIn,
  progressReason,
  withCondition,
  withPauseCondition,
  withProgress,
} from './deployment-conditions.ts';
import { deploymentStatus } from './deployment-status.ts';
import { type DeploymentPlan, findNewReplicaSet, planDeployment, resizedReplicaSet } from './plan-deployment.ts';
import { sameTemplate } from './pod-template-hash.ts';
import { isRollingUpdate, type Resize, sizeOf } from './rollout-sizes.ts';

type PlanOf<Step extends DeploymentPlan['step']> = Extract<DeploymentPlan, { step: Step }>;

/** Rolls a deployment's template out over ReplicaSets, one observed step at a time. */
@Reconciler({
  for: Deployment,
  owns: [ReplicaSet],
  watches: [
    watch(ReplicaSet, (replicaSet, informers) => adoptersOf(replicaSet, informers.for(Deployment).lister)),
    watch(Pod, deploymentWaitingForPod),
  ],
  name: 'deployment-controller',
})
export class DeploymentReconciler {
  private readonly deployments: Lister<Deployment>;
  private readonly replicaSets: Lister<ReplicaSet>;
  private readonly pods: Lister<Pod>;

  constructor(
    informers: Informers,
    private readonly events: EventRecorder,
    private readonly clock: Clock,
  ) {
    this.deployments = informers.for(Deployment).lister;
    this.replicaSets = informers.for(ReplicaSet).lister;
    this.pods = informers.for(Pod).lister;
  }

  async reconcile(key: ObjectKey, context: ReconcileContext): Promise<Outcome> {
    const deployment = this.deployments.get(key);
    if (deployment === undefined) return done();
    const replicaSets = await this.claimReplicaSets(deployment, context);
    if (context.signal.aborted) return done();

    const plan = planDeployment({ deployment, replicaSets, pods: this.podsOf(deployment, replicaSets) });
    const conditions = withPauseCondition(deployment, deployment.status.conditions ?? [], this.clock.now());
    const applied = await this.applyPlan(
      { ...deployment, status: { ...deployment.status, conditions } },
      plan,
      context,
    );
    if (context.signal.aborted) return done();

    const now = replicaSets.filter(({ metadata }) => !applied.gone.includes(metadata.uid));
    return this.writeStatus(applied.deployment, [...now, ...applied.created], context);
  }

  private claimReplicaSets(deployment: Deployment, { api }: ReconcileContext): Promise<ReplicaSet[]> {
    const candidates = this.replicaSets.list(deployment.metadata.namespace);
    const claim = planClaim(deployment, deployment.spec.selector, candidates);
    return applyClaim(api, ReplicaSet, deployment, Deployment, claim);
  }

  private podsOf(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReadonlyMap<string, readonly Pod[]> {
    if (isRollingUpdate(deployment)) return new Map();
    return new Map(replicaSets.map((replicaSet) => [replicaSet.metadata.uid, this.pods.ownedBy(replicaSet)]));
  }

  private async applyPlan(deployment: Deployment, plan: DeploymentPlan, context: ReconcileContext): Promise<Applied> {
    switch (plan.step) {
      case 'none':
        return { deployment, created: [], gone: [] };
      case 'refuse':
        this.events.event(
          deployment,
          'Warning',
          'SelectingAll',
          'This deployment is selecting all pods. A non-empty selector is required.',
        );
        return { deployment, created: [], gone: [] };
      case 'create':
        return this.createReplicaSet(deployment, plan, context);
      case 'update-new': {
        const updated = await context.api.update(ReplicaSet, plan.replicaSet);
        return { deployment, created: [updated], gone: [updated.metadata.uid] };
      }
      case 'scale':
        return this.scale(deployment, plan.resizes, context);
      case 'clean-up':
        for (const old of plan.replicaSets) {
          await context.api.delete(ReplicaSet, keyOf(old), {
            propagationPolicy: 'Background',
            preconditions: { uid: old.metadata.uid },
          });
        }
        return { deployment, created: [], gone: plan.replicaSets.map(({ metadata }) => metadata.uid) };
      default:
        return plan satisfies never;
    }
  }

  private async createReplicaSet(
    deployment: Deployment,
    { replicaSet: draft }: PlanOf<'create'>,
    { api }: ReconcileContext,
  ): Promise<Applied> {
    const name = draft.metadata.name ?? '';
    try {
      const created = await api.create(ReplicaSet, draft);
      const size = sizeOf(created);
      if (size > 0) this.scalingEvent(deployment, `Scaled up replica set ${name} from 0 to ${size}`);
      const reason = progressReason.created;
      const message = `Created new replica set "${name}"`;
      return { deployment: this.progressing(deployment, 'True', reason, message), created: [created], gone: [] };
    } catch (error) {
      if (isAlreadyExists(error)) return this.resolveCollision(deployment, name, error, api);
      if (isNamespaceTerminating(error)) return { deployment, created: [], gone: [] };
      const message = `Failed to create new replica set "${name}": ${error instanceof Error ? error.message : error}`;
      this.events.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
      const failed = this.progressing(deployment, 'False', progressReason.failedCreate, message);
      await api.updateStatus(Deployment, failed);
      throw error;
    }
  }

  /** The name is taken: by our own ReplicaSet that the cache does not show yet, or by another template with the same hash. */
  private async resolveCollision(
    deployment: Deployment,
    name: string,
    cause: unknown,
    api: ReconcileContext['api'],
  ): Promise<Applied> {
    const existing = await api.get(ReplicaSet, { namespace: deployment.metadata.namespace ?? '', name });
    const isOurs =
      existing !== undefined &&
      isControlledBy(existing, deployment) &&
      sameTemplate(existing.spec.template, deployment.spec.template);
    if (isOurs) return { deployment, created: [existing], gone: [] };
    const collisionCount = (deployment.status.collisionCount ?? 0) + 1;
    await api.updateStatus(Deployment, { ...deployment, status: { ...deployment.status, collisionCount } });
    throw cause;
  }

  private async scale(
    deployment: Deployment,
    resizes: readonly Resize[],
    { api, signal }: ReconcileContext,
  ): Promise<Applied> {
    const created: ReplicaSet[] = [];
    for (const resize of resizes) {
      if (signal.aborted) break;
      const { name } = resize.replicaSet.metadata;
      const before = sizeOf(resize.replicaSet);
      created.push(await api.update(ReplicaSet, resizedReplicaSet(deployment, resize)));
      const direction = resize.replicas > before ? 'up' : 'down';
      if (resize.replicas === before) continue;
      this.scalingEvent(deployment, `Scaled ${direction} replica set ${name} from ${before} to ${resize.replicas}`);
    }
    return { deployment, created, gone: created.map(({ metadata }) => metadata.uid) };
  }

  private async writeStatus(
    deployment: Deployment,
    replicaSets: readonly ReplicaSet[],
    { api }: ReconcileContext,
  ): Promise<Outcome> {
    const now = this.clock.now();
    const newReplicaSet = findNewReplicaSet(deployment, replicaSets);
    const current = await this.withRevision(deployment, newReplicaSet, api);
    const conditions = this.withFound(current, newReplicaSet);
    const counted = deploymentStatus(current, replicaSets, newReplicaSet, conditions, now);
    const isRollingOut = current.spec.paused !== true && current.metadata.deletionTimestamp === undefined;
    const observed = { ...current, status: { ...current.status, conditions } };
    const status = isRollingOut
      ? { ...counted, conditions: withProgress(observed, counted, newReplicaSet, now) }
      : counted;
    const cached = this.deployments.get(keyOf(current));
    if (!sameJson(status, cached?.status)) await api.updateStatus(Deployment, { ...current, status });
    const deadline = progressDeadlineIn(current, status, now);
    return deadline === undefined ? done() : requeueAfter(deadline);
  }

  /** The deployment carries the revision of its newest ReplicaSet. */
  private async withRevision(
    deployment: Deployment,
    newReplicaSet: ReplicaSet | undefined,
    api: ReconcileContext['api'],
  ): Promise<Deployment> {
    if (newReplicaSet === undefined) return deployment;
    const revision = revisionOf(newReplicaSet);
    if (revision === 0n || revision === revisionOf(deployment)) return deployment;
    const body = { metadata: { annotations: { [revisionAnnotation]: String(revision) } } };
    const { metadata } = await api.patch(Deployment, keyOf(deployment), { type: 'merge', body });
    return { ...deployment, metadata };
  }

  private withFound(deployment: Deployment, newReplicaSet: ReplicaSet | undefined) {
    const conditions = deployment.status.conditions ?? [];
    const { progressDeadlineSeconds } = deployment.spec;
    if (newReplicaSet === undefined || progressDeadlineSeconds === undefined) return conditions;
    if (conditionOf(conditions, 'Progressing') !== undefined) return conditions;
    const message = `Found new replica set "${newReplicaSet.metadata.name}"`;
    return this.progressing(deployment, 'True', progressReason.found, message).status.conditions ?? [];
  }

  private progressing(deployment: Deployment, status: string, reason: string, message: string): Deployment {
    const condition = { type: 'Progressing', status, reason, message };
    const conditions = withCondition(deployment.status.conditions ?? [], condition, this.clock.now());
    return { ...deployment, status: { ...deployment.status, conditions } };
  }

  private scalingEvent(deployment: Deployment, message: string): void {
    this.events.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }
}

/** What a step changed: ReplicaSets as they are now, and the uids of those that they replace. */
interface Applied {
  readonly deployment: Deployment;
  readonly created: readonly ReplicaSet[];
  readonly gone: readonly string[];
}

/** With the strategy `Recreate` a deployment waits for the end of its old pods. */
function deploymentWaitingForPod(pod: Pod, informers: Informers): ObjectKey[] {
  const namespace = pod.metadata.namespace ?? '';
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const replicaSet = informers.for(ReplicaSet).lister.get({ namespace, name: owner.name });
  const deploymentName = replicaSet === undefined ? undefined : controllerOf(replicaSet)?.name;
  if (deploymentName === undefined) return [];
  const deployment = informers.for(Deployment).lister.get({ namespace, name: deploymentName });
  return deployment === undefined || isRollingUpdate(deployment) ? [] : [keyOf(deployment)];
}
