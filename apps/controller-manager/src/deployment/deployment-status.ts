import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@orrery/api';
import type { Milliseconds } from '@orrery/runtime';
import { withCondition, withoutCondition } from './deployment-conditions.ts';
import { desiredReplicas, maxUnavailable, totalAvailable, totalSize } from './rollout-sizes.ts';

/** Counts and the `Available` and `ReplicaFailure` conditions, from the ReplicaSets as they are. */
export function deploymentStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newReplicaSet: ReplicaSet | undefined,
  conditions: readonly DeploymentCondition[],
  now: Milliseconds,
): DeploymentStatus {
  const sum = (count: (status: ReplicaSet['status']) => number | undefined) =>
    all.reduce((total, { status }) => total + (count(status) ?? 0), 0);
  const availableReplicas = totalAvailable(all);
  const isAvailable = availableReplicas >= desiredReplicas(deployment) - maxUnavailable(deployment);
  const availability = isAvailable
    ? { status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : {
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
  const withAvailable = withCondition(conditions, { type: 'Available', ...availability }, now);
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(({ replicas }) => replicas) || undefined,
    updatedReplicas: newReplicaSet?.status.replicas || undefined,
    readyReplicas: sum(({ readyReplicas }) => readyReplicas) || undefined,
    availableReplicas: availableReplicas || undefined,
    unavailableReplicas: Math.max(0, totalSize(all) - availableReplicas) || undefined,
    terminatingReplicas: sum(({ terminatingReplicas }) => terminatingReplicas),
    collisionCount: deployment.status.collisionCount,
    conditions: withReplicaFailure(withAvailable, all, newReplicaSet, now),
  };
}

function withReplicaFailure(
  conditions: readonly DeploymentCondition[],
  all: readonly ReplicaSet[],
  newReplicaSet: ReplicaSet | undefined,
  now: Milliseconds,
): DeploymentCondition[] {
  const newestFirst = newReplicaSet === undefined ? all : [newReplicaSet, ...all];
  const failure = newestFirst
    .flatMap(({ status }) => status.conditions ?? [])
    .find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (failure === undefined) return withoutCondition(conditions, 'ReplicaFailure');
  const { status, reason, message } = failure;
  return withCondition(conditions, { type: 'ReplicaFailure', status, reason, message }, now);
}
