import type { Deployment, ReplicaSet } from '@orrery/api';
import { desiredReplicasAnnotation, maxReplicasAnnotation, replicasAnnotation } from './deployment-annotations.ts';

/** One ReplicaSet and the size that it shall have. */
export interface Resize {
  readonly replicaSet: ReplicaSet;
  readonly replicas: number;
}

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

export function sizeOf(replicaSet: ReplicaSet | undefined): number {
  return replicaSet === undefined ? 0 : (replicaSet.spec.replicas ?? 1);
}

export function totalSize(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((total, replicaSet) => total + sizeOf(replicaSet), 0);
}

export function totalAvailable(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((total, { status }) => total + (status.availableReplicas ?? 0), 0);
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/** Pods that may exist beyond the desired number; percentages round up. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? limits(deployment).surge : 0;
}

/** Pods that may be missing; percentages round down. Never 0 together with `maxSurge`, for then nothing could move. */
export function maxUnavailable(deployment: Deployment): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment) || desired === 0) return 0;
  return Math.min(limits(deployment).unavailable, desired);
}

/** Size of the new ReplicaSet in its next step. */
export function newReplicaSetSize(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newReplicaSet: ReplicaSet | undefined,
): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const size = sizeOf(newReplicaSet);
  const room = desired + maxSurge(deployment) - totalSize(all);
  return room <= 0 ? size : size + Math.max(0, Math.min(room, desired - size));
}

/** Old ReplicaSets made smaller as far as availability permits: first what is not available anyway, then the oldest. */
export function shrinkOld(deployment: Deployment, old: readonly ReplicaSet[], newReplicaSet: ReplicaSet): Resize[] {
  if (totalSize(old) === 0) return [];
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = sizeOf(newReplicaSet) - (newReplicaSet.status.availableReplicas ?? 0);
  const all = [...old, newReplicaSet];
  let unhealthyBudget = totalSize(all) - minAvailable - newUnavailable;
  if (unhealthyBudget <= 0) return [];

  const sizes = new Map(old.map((replicaSet) => [replicaSet, sizeOf(replicaSet)]));
  const oldestFirst = [...old].sort(byCreation);
  for (const replicaSet of oldestFirst) {
    const size = sizeOf(replicaSet);
    const drop = Math.max(0, Math.min(unhealthyBudget, size - (replicaSet.status.availableReplicas ?? 0)));
    unhealthyBudget -= drop;
    sizes.set(replicaSet, size - drop);
  }
  let healthyBudget = totalAvailable(all) - minAvailable;
  for (const replicaSet of oldestFirst) {
    if (healthyBudget <= 0) break;
    const size = sizes.get(replicaSet) ?? 0;
    const drop = Math.min(size, healthyBudget);
    healthyBudget -= drop;
    sizes.set(replicaSet, size - drop);
  }
  return [...sizes]
    .map(([replicaSet, replicas]) => ({ replicaSet, replicas }))
    .filter(({ replicaSet, replicas }) => replicas !== sizeOf(replicaSet));
}

/**
 * Sizes after `spec.replicas` changed in the middle of a rollout or while paused: every ReplicaSet that has pods gets its share of the
 * difference, and what rounding leaves goes to the biggest.
 */
export function proportionalSizes(
  deployment: Deployment,
  newReplicaSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Resize[] {
  const desired = desiredReplicas(deployment);
  const only = activeOrLatest(newReplicaSet, old);
  if (only !== undefined) return [{ replicaSet: only, replicas: desired }];
  if (isSaturated(deployment, newReplicaSet)) {
    return old.filter((replicaSet) => sizeOf(replicaSet) > 0).map((replicaSet) => ({ replicaSet, replicas: 0 }));
  }
  if (!isRollingUpdate(deployment)) return [];

  const active = [...old, ...(newReplicaSet === undefined ? [] : [newReplicaSet])].filter((set) => sizeOf(set) > 0);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - totalSize(active);
  active.sort((a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)));
  let added = 0;
  const shares = active.map((replicaSet) => {
    const share = toAdd === 0 ? 0 : proportion(deployment, replicaSet, toAdd, added);
    added += share;
    return { replicaSet, replicas: sizeOf(replicaSet) + share };
  });
  return shares.map(({ replicaSet, replicas }, index) => ({
    replicaSet,
    replicas: index === 0 && toAdd !== 0 ? Math.max(0, replicas + toAdd - added) : replicas,
  }));
}

/** Older first; of one age the name decides. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [timeA, timeB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

function activeOrLatest(newReplicaSet: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const newest = [...old].sort((a, b) => byCreation(b, a));
  const all = newReplicaSet === undefined ? newest : [...newest, newReplicaSet];
  const active = all.filter((replicaSet) => sizeOf(replicaSet) > 0);
  if (active.length === 0) return newReplicaSet ?? newest[0];
  return active.length === 1 ? active[0] : undefined;
}

function isSaturated(deployment: Deployment, replicaSet: ReplicaSet | undefined): boolean {
  if (replicaSet === undefined) return false;
  const desired = desiredReplicas(deployment);
  return (
    sizeOf(replicaSet) === desired &&
    replicasAnnotation(replicaSet, desiredReplicasAnnotation) === desired &&
    replicaSet.status.availableReplicas === desired
  );
}

function proportion(deployment: Deployment, replicaSet: ReplicaSet, toAdd: number, added: number): number {
  if (toAdd === added) return 0;
  const share = fraction(deployment, replicaSet);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

function fraction(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = sizeOf(replicaSet);
  if (desiredReplicas(deployment) === 0) return -size;
  const maxNow = desiredReplicas(deployment) + maxSurge(deployment);
  const maxThen = replicasAnnotation(replicaSet, maxReplicasAnnotation) ?? deployment.status.replicas ?? 0;
  if (maxThen === 0) return 0;
  return Math.round((size * maxNow) / maxThen) - size;
}

function limits(deployment: Deployment): { surge: number; unavailable: number } {
  const { rollingUpdate } = deployment.spec.strategy ?? {};
  const desired = desiredReplicas(deployment);
  const surge = scaled(rollingUpdate?.maxSurge ?? '25%', desired, Math.ceil);
  const unavailable = scaled(rollingUpdate?.maxUnavailable ?? '25%', desired, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function scaled(value: number | string, total: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  return percent === undefined ? 0 : round((Number(percent) * total) / 100);
}
