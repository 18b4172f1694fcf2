import {
  ApiError,
  forbidden,
  labelSelectorMatcher,
  type Pod,
  type PodDisruptionBudget,
  SelectorError,
  tooManyRequests,
} from '@orrery/api';

/** Evictions that the disruption controller has not seen yet; with more of them no budget is spent. */
const disruptedPodsMax = 2_000;
const retryAfterSeconds = 10;
const refusalText = "Cannot evict pod as it would violate the pod's disruption budget.";
const budgetResource = { group: 'policy', resource: 'poddisruptionbudget' };

/** Pods that do not run, or are going anyway, disturb nobody. */
export function needsBudget({ metadata, status }: Pod): boolean {
  const { phase } = status;
  return phase !== 'Pending' && phase !== 'Succeeded' && phase !== 'Failed' && metadata.deletionTimestamp === undefined;
}

/** A pending pod may start any moment: its deletion is of what was seen. An ended one stays ended. */
export function mayBecomeReady({ metadata, status }: Pod): boolean {
  return status.phase !== 'Succeeded' && status.phase !== 'Failed' && metadata.deletionTimestamp === undefined;
}

/** A selector that selects everything, or is none, covers no pod here. */
export function covers({ spec }: PodDisruptionBudget, pod: Pod): boolean {
  const { selector } = spec;
  const conditions = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0);
  if (conditions === 0) return false;
  try {
    return labelSelectorMatcher(selector).matches(pod.metadata.labels);
  } catch (error) {
    if (error instanceof SelectorError) return false;
    throw error;
  }
}

/** An unhealthy pod may go without being counted: always, or as long as enough others are healthy. */
export function goesUncounted(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  const isReady = (pod.status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
  if (isReady) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status;
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

/** Takes one disruption from the budget, for the pod of that name. Changes `budget`. Throws what upstream answers where there is none left. */
export function spendDisruption(budget: PodDisruptionBudget, podName: string, now: string): void {
  const { metadata, status } = budget;
  const { disruptionsAllowed: allowed = 0 } = status;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw stillProcessed(metadata.name);
  if (allowed < 0) throw forbidden(budgetResource, metadata.name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > disruptedPodsMax) {
    const text = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    throw forbidden(budgetResource, metadata.name, text);
  }
  if (allowed === 0) throw refusal(0, reasonOf(budget));
  status.disruptionsAllowed = allowed - 1;
  if (allowed === 1) markExhausted(budget, now);
  status.disruptedPods = { ...status.disruptedPods, [podName]: now };
}

/** The budget says nothing about its pods as they are now. */
export function stillProcessed(budgetName: string): ApiError {
  const text = `The disruption budget ${budgetName} is still being processed by the server.`;
  return refusal(retryAfterSeconds, text);
}

/** More than one budget for a pod is not supported; upstream gives this answer no reason. */
export function severalBudgets(): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });
}

function refusal(afterSeconds: number, message: string): ApiError {
  return tooManyRequests(refusalText, afterSeconds, [{ reason: 'DisruptionBudget', message }]);
}

function reasonOf({ metadata: { name }, status }: PodDisruptionBudget): string {
  const { currentHealthy = 0, desiredHealthy = 0, conditions = [] } = status;
  const allowed = conditions.find(({ type }) => type === 'DisruptionAllowed');
  if (allowed?.status === 'False' && allowed.reason === 'SyncFailed') {
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${allowed.message}`;
  }
  if (currentHealthy <= desiredHealthy) {
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  }
  return `The disruption budget ${name} does not allow evicting pods currently`;
}

function markExhausted({ status, metadata }: PodDisruptionBudget, now: string): void {
  const type = 'DisruptionAllowed';
  const before = status.conditions?.find((condition) => condition.type === type);
  const condition = {
    type,
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    observedGeneration: status.observedGeneration ?? metadata.generation ?? 0,
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
  };
  status.conditions = [...(status.conditions ?? []).filter((one) => one.type !== type), condition];
}
