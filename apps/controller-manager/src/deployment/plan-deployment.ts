import { type Deployment, type Draft, labelSelectorMatcher, type Pod, type ReplicaSet } from '@orrery/api';
import { controllerReference } from '@orrery/client';
import { sameJson } from '../conditions/same-json.ts';
import { isPodTerminal } from '../pods/pod-state.ts';
import {
  desiredReplicasAnnotation,
  newReplicaSetAnnotations,
  replicasAnnotation,
  revisionOf,
  scaleAnnotations,
} from './deployment-annotations.ts';
import { isComplete } from './deployment-conditions.ts';
import { podTemplateHash, podTemplateHashLabel, sameTemplate } from './pod-template-hash.ts';
import {
  byCreation,
  desiredReplicas,
  isRollingUpdate,
  maxSurge,
  newReplicaSetSize,
  proportionalSizes,
  type Resize,
  shrinkOld,
  sizeOf,
} from './rollout-sizes.ts';

/** What the deployment has, as observed. */
export interface ObservedRollout {
  readonly deployment: Deployment;
  /** All ReplicaSets that it controls. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Pods of those ReplicaSets, by ReplicaSet uid; only needed for the strategy `Recreate`. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
}

/** The next safe step of a rollout. Nothing that comes after it is decided before its effect is observed. */
export type DeploymentPlan =
  /** Nothing selects everything: such a deployment is left alone. */
  | { readonly step: 'refuse' }
  | { readonly step: 'create'; readonly replicaSet: Draft<ReplicaSet>; readonly revision: bigint }
  /** The newest ReplicaSet gets its revision, annotations and `minReadySeconds`. */
  | { readonly step: 'update-new'; readonly replicaSet: ReplicaSet }
  | { readonly step: 'scale'; readonly resizes: readonly Resize[] }
  | { readonly step: 'clean-up'; readonly replicaSets: readonly ReplicaSet[] }
  | { readonly step: 'none' };

/** Upstream's order: find or make the new ReplicaSet, grow it, shrink the old ones, forget the oldest. */
export function planDeployment(observed: ObservedRollout): DeploymentPlan {
  const { deployment, replicaSets } = observed;
  if (deployment.metadata.deletionTimestamp !== undefined) return { step: 'none' };
  if (labelSelectorMatcher(deployment.spec.selector).empty) return { step: 'refuse' };
  const newReplicaSet = findNewReplicaSet(deployment, replicaSets);
  const old = replicaSets.filter((replicaSet) => replicaSet !== newReplicaSet);

  if (newReplicaSet !== undefined) {
    const updated = withNewest(deployment, newReplicaSet, old);
    if (updated !== newReplicaSet) return { step: 'update-new', replicaSet: updated };
  }
  if (deployment.spec.paused === true || isScaling(deployment, replicaSets)) {
    const scaling = scaleStep(deployment, proportionalSizes(deployment, newReplicaSet, old));
    if (scaling.step !== 'none' || deployment.spec.paused !== true) return scaling;
    return cleanUp(deployment, old);
  }
  return isRollingUpdate(deployment)
    ? planRollingUpdate(deployment, newReplicaSet, old)
    : planRecreate(observed, newReplicaSet, old);
}

/** The ReplicaSet with the deployment's template; the oldest of several. */
export function findNewReplicaSet(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...replicaSets].sort(byCreation).find(({ spec }) => sameTemplate(spec.template, deployment.spec.template));
}

/** A ReplicaSet with another size, and with the annotations that tell why. */
export function resizedReplicaSet(deployment: Deployment, { replicaSet, replicas }: Resize): ReplicaSet {
  const desired = desiredReplicas(deployment);
  const annotations = scaleAnnotations(replicaSet.metadata.annotations, desired, desired + maxSurge(deployment));
  return {
    ...replicaSet,
    metadata: { ...replicaSet.metadata, annotations },
    spec: { ...replicaSet.spec, replicas },
  };
}

function planRollingUpdate(
  deployment: Deployment,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): DeploymentPlan {
  if (newReplicaSet === undefined) return create(deployment, old);
  const desired = desiredReplicas(deployment);
  const size = sizeOf(newReplicaSet);
  const grown = size > desired ? desired : newReplicaSetSize(deployment, [...old, newReplicaSet], newReplicaSet);
  if (grown !== size) return scaleStep(deployment, [{ replicaSet: newReplicaSet, replicas: grown }]);
  const shrunk = scaleStep(deployment, shrinkOld(deployment, old, newReplicaSet));
  return shrunk.step === 'none' ? cleanUp(deployment, old) : shrunk;
}

function planRecreate(
  { deployment, pods }: ObservedRollout,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): DeploymentPlan {
  const stopping = old.filter((replicaSet) => sizeOf(replicaSet) > 0);
  if (stopping.length > 0) {
    return scaleStep(
      deployment,
      stopping.map((replicaSet) => ({ replicaSet, replicas: 0 })),
    );
  }
  const stillRuns = old.some(({ metadata }) => (pods.get(metadata.uid) ?? []).some((pod) => !isPodTerminal(pod)));
  if (stillRuns) return { step: 'none' };
  if (newReplicaSet === undefined) return create(deployment, old);
  const desired = desiredReplicas(deployment);
  if (sizeOf(newReplicaSet) === desired) return cleanUp(deployment, old);
  return scaleStep(deployment, [{ replicaSet: newReplicaSet, replicas: desired }]);
}

function create(deployment: Deployment, old: readonly ReplicaSet[]): DeploymentPlan {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = podTemplateHash(template, deployment.status.collisionCount ?? 0);
  const revision = nextRevision(old);
  const desired = desiredReplicas(deployment);
  const replicas = newReplicaSetSize(deployment, old, undefined);
  const labels = { ...template.metadata?.labels, [podTemplateHashLabel]: hash };
  const annotations = scaleAnnotations(
    newReplicaSetAnnotations(deployment, undefined, revision),
    desired,
    desired + maxSurge(deployment),
  );
  const replicaSet: Draft<ReplicaSet> = {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      ownerReferences: [controllerReference(deployment)],
      labels,
      annotations,
    },
    spec: {
      replicas,
      ...(minReadySeconds !== undefined && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [podTemplateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } as typeof template.metadata },
    },
  };
  return { step: 'create', replicaSet, revision };
}

function withNewest(deployment: Deployment, replicaSet: ReplicaSet, old: readonly ReplicaSet[]): ReplicaSet {
  const revision = maxRevision([nextRevision(old), revisionOf(replicaSet)]);
  const annotations = newReplicaSetAnnotations(deployment, replicaSet.metadata.annotations, revision);
  const { minReadySeconds } = deployment.spec;
  const sameWait = (minReadySeconds ?? 0) === (replicaSet.spec.minReadySeconds ?? 0);
  if (sameWait && sameJson(annotations, replicaSet.metadata.annotations ?? {})) return replicaSet;
  return {
    ...replicaSet,
    metadata: { ...replicaSet.metadata, annotations },
    spec: { ...replicaSet.spec, minReadySeconds },
  };
}

function nextRevision(old: readonly ReplicaSet[]): bigint {
  return maxRevision(old.map(revisionOf)) + 1n;
}

function maxRevision(revisions: readonly bigint[]): bigint {
  let max = 0n;
  for (const revision of revisions) if (revision > max) max = revision;
  return max;
}

/** `spec.replicas` changed since the ReplicaSets got their sizes. */
function isScaling(deployment: Deployment, replicaSets: readonly ReplicaSet[]): boolean {
  return replicaSets.some((replicaSet) => {
    const wanted = replicasAnnotation(replicaSet, desiredReplicasAnnotation);
    return sizeOf(replicaSet) > 0 && wanted !== undefined && wanted !== desiredReplicas(deployment);
  });
}

/** Also where only the annotations of a ReplicaSet lag behind. */
function scaleStep(deployment: Deployment, resizes: readonly Resize[]): DeploymentPlan {
  const needed = resizes.filter((resize) => {
    const { replicaSet } = resize;
    const after = resizedReplicaSet(deployment, resize);
    return resize.replicas !== sizeOf(replicaSet) || !sameJson(after.metadata, replicaSet.metadata);
  });
  return needed.length === 0 ? { step: 'none' } : { step: 'scale', resizes: needed };
}

function cleanUp(deployment: Deployment, old: readonly ReplicaSet[]): DeploymentPlan {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || (!isComplete(deployment, deployment.status) && deployment.spec.paused !== true)) {
    return { step: 'none' };
  }
  const kept = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const replicaSets = kept
    .sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : 1))
    .slice(0, Math.max(0, kept.length - limit))
    .filter(isIdle);
  return replicaSets.length === 0 ? { step: 'none' } : { step: 'clean-up', replicaSets };
}

function isIdle({ metadata, spec, status }: ReplicaSet): boolean {
  const observed = (metadata.generation ?? 0) <= (status.observedGeneration ?? 0);
  return (spec.replicas ?? 1) === 0 && status.replicas === 0 && observed;
}
