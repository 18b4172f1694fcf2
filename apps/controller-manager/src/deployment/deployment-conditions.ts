import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@orrery/api';
import { formatTime, type Milliseconds, parseTime } from '@orrery/runtime';
import { desiredReplicas } from './rollout-sizes.ts';

/** Upstream's reasons of the `Progressing` condition. */
export const progressReason = {
  created: 'NewReplicaSetCreated',
  failedCreate: 'ReplicaSetCreateError',
  found: 'FoundNewReplicaSet',
  updated: 'ReplicaSetUpdated',
  complete: 'NewReplicaSetAvailable',
  timedOut: 'ProgressDeadlineExceeded',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
} as const;

const noDeadline = 2 ** 31 - 1;

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== noDeadline;
}

export function conditionOf(
  conditions: readonly DeploymentCondition[] | undefined,
  type: string,
): DeploymentCondition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Replaces the condition of its type; one with the same status and reason stays as it is. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  condition: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>,
  now: Milliseconds,
): DeploymentCondition[] {
  const current = conditionOf(conditions, condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return [...conditions];
  const at = formatTime(now);
  const lastTransitionTime = current?.status === condition.status ? current.lastTransitionTime : at;
  return [...withoutCondition(conditions, condition.type), { ...condition, lastUpdateTime: at, lastTransitionTime }];
}

export function withoutCondition(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/** Pausing stops the progress deadline, resuming starts it anew. */
export function withPauseCondition(
  deployment: Deployment,
  conditions: readonly DeploymentCondition[],
  now: Milliseconds,
): DeploymentCondition[] {
  const current = conditionOf(conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || current?.reason === progressReason.timedOut) return [...conditions];
  const wasPaused = current?.reason === progressReason.paused;
  const isPaused = deployment.spec.paused === true;
  if (wasPaused === isPaused) return [...conditions];
  const [reason, message] = isPaused
    ? [progressReason.paused, 'Deployment is paused']
    : [progressReason.resumed, 'Deployment is resumed'];
  return withCondition(conditions, { type: 'Progressing', status: 'Unknown', reason, message }, now);
}

/** All replicas are of the new template, available, and no old one is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** The conditions after a rollout step that led to `status`. */
export function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  newReplicaSet: ReplicaSet | undefined,
  now: Milliseconds,
): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  if (!hasProgressDeadline(deployment)) return withoutCondition(conditions, 'Progressing');
  const current = conditionOf(deployment.status.conditions, 'Progressing');
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === progressReason.complete) {
    return [...conditions];
  }
  const subject =
    newReplicaSet === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${newReplicaSet.metadata.name}"`;
  const progressing = (state: 'True' | 'False', reason: string, text: string) =>
    ({ type: 'Progressing', status: state, reason, message: `${subject} ${text}` }) as const;

  if (isComplete(deployment, status)) {
    return withCondition(conditions, progressing('True', progressReason.complete, 'has successfully progressed.'), now);
  }
  if (hasProgressed(deployment.status, status)) {
    const condition = progressing('True', progressReason.updated, 'is progressing.');
    return withRefreshed(conditions, condition, now);
  }
  if (hasTimedOut(deployment, now)) {
    return withCondition(conditions, progressing('False', progressReason.timedOut, 'has timed out progressing.'), now);
  }
  return [...conditions];
}

/** Time until an unfinished rollout is overdue; `undefined` where no deadline runs. */
export function progressDeadlineIn(
  deployment: Deployment,
  status: DeploymentStatus,
  now: Milliseconds,
): Milliseconds | undefined {
  const current = conditionOf(status.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || current === undefined) return undefined;
  if (isComplete(deployment, status) || current.reason === progressReason.timedOut) return undefined;
  if (current.reason === progressReason.paused || deployment.spec.paused === true) return undefined;
  const from = parseTime(current.lastUpdateTime ?? '') ?? now;
  return Math.max(1000, from + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 - now + 1000);
}

function withRefreshed(
  conditions: readonly DeploymentCondition[],
  condition: DeploymentCondition,
  now: Milliseconds,
): DeploymentCondition[] {
  const current = conditionOf(conditions, condition.type);
  const at = formatTime(now);
  const lastTransitionTime = current?.status === 'True' ? current.lastTransitionTime : at;
  return [...withoutCondition(conditions, condition.type), { ...condition, lastUpdateTime: at, lastTransitionTime }];
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const oldReplicas = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldReplicas(after) < oldReplicas(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, now: Milliseconds): boolean {
  const current = conditionOf(deployment.status.conditions, 'Progressing');
  if (current === undefined || current.reason === progressReason.complete) return false;
  if (current.reason === progressReason.timedOut) return true;
  if (current.reason === progressReason.paused) return false;
  const from = parseTime(current.lastUpdateTime ?? '') ?? now;
  return from + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 < now;
}
