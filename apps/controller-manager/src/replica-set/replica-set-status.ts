import {
  labelSetMatcher,
  type Pod,
  type ReplicaSet,
  type ReplicaSetCondition,
  type ReplicaSetStatus,
} from '@orrery/api';
import { formatTime, type Milliseconds } from '@orrery/runtime';
import { availableAt, isPodActive, isPodAvailable, isPodReady } from '../pods/pod-state.ts';

/** Why the last run could not create or delete a pod. */
export interface ManageFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

export function replicaSetStatus(
  replicaSet: ReplicaSet,
  owned: readonly Pod[],
  failure: ManageFailure | undefined,
  now: Milliseconds,
): ReplicaSetStatus {
  const active = owned.filter(isPodActive);
  const template = labelSetMatcher(replicaSet.spec.template?.metadata?.labels);
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const conditions = conditionsAfter(replicaSet.status.conditions ?? [], failure, now);
  const count = (predicate: (pod: Pod) => boolean) => active.filter(predicate).length || undefined;
  return {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => template.matches(pod.metadata.labels)),
    readyReplicas: count(isPodReady),
    availableReplicas: count((pod) => isPodAvailable(pod, minReadySeconds, now)),
    terminatingReplicas: owned.filter(isTerminatingReplica).length,
    observedGeneration: replicaSet.metadata.generation,
    conditions: conditions.length > 0 ? conditions : undefined,
  };
}

/** Time until the next pod that is ready counts as available. */
export function nextAvailabilityIn(
  replicaSet: ReplicaSet,
  owned: readonly Pod[],
  now: Milliseconds,
): Milliseconds | undefined {
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  if (minReadySeconds === 0) return undefined;
  const waits = owned
    .filter(isPodActive)
    .map((pod) => availableAt(pod, minReadySeconds) - now)
    .filter((wait) => wait > 0 && Number.isFinite(wait));
  return waits.length === 0 ? undefined : Math.min(...waits);
}

function isTerminatingReplica(pod: Pod): boolean {
  const { phase } = pod.status;
  return pod.metadata.deletionTimestamp !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

function conditionsAfter(
  conditions: readonly ReplicaSetCondition[],
  failure: ManageFailure | undefined,
  now: Milliseconds,
): ReplicaSetCondition[] {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (failure === undefined) return others;
  const current = conditions.find(({ type }) => type === 'ReplicaFailure');
  if (current?.status === 'True' && current.reason === failure.reason) return [...conditions];
  return [...others, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: formatTime(now), ...failure }];
}
