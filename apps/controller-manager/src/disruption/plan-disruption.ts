import type { Pod, PodDisruptionBudget } from '@orrery/api';
import { formatTime, type Milliseconds, parseTime } from '@orrery/runtime';
import { isPodReady } from '../pods/pod-state.ts';

type Budget = PodDisruptionBudget;
type BudgetStatus = Budget['status'];
type Condition = NonNullable<BudgetStatus['conditions']>[number];

/** A pod that was evicted is gone by then, or never will be. */
export const deletionTimeout: Milliseconds = 120_000;
const conditionType = 'DisruptionAllowed';

/** How many pods a budget expects, and how many of them have to be healthy. */
export interface Expectation {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
}

/** A plain number of available pods counts the pods themselves; all else is relative to what their controllers want. */
export function countsPodsOnly({ spec }: Budget): boolean {
  return spec.maxUnavailable === undefined && typeof spec.minAvailable !== 'string';
}

/** `scale`: the replicas that the controllers of the pods want in all. */
export function expectationOf(budget: Budget, pods: readonly Pod[], scale: number): Expectation {
  const { maxUnavailable, minAvailable } = budget.spec;
  if (maxUnavailable !== undefined) {
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - scaled(maxUnavailable, scale)) };
  }
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 };
  if (countsPodsOnly(budget)) return { expectedPods: pods.length, desiredHealthy: Number(minAvailable) };
  return { expectedPods: scale, desiredHealthy: scaled(minAvailable, scale) };
}

/** Evictions that were granted and whose pods are still there and not yet overdue. */
export function pendingDisruptions(
  { status }: Budget,
  pods: readonly Pod[],
  now: Milliseconds,
): {
  readonly pending: Readonly<Record<string, string>>;
  readonly overdue: readonly Pod[];
  readonly nextIn?: Milliseconds;
} {
  const granted = status.disruptedPods ?? {};
  const left = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined && metadata.name in granted)
    .map((pod) => ({ pod, at: granted[pod.metadata.name] ?? '', due: dueAt(granted[pod.metadata.name], now) }));
  const pending = left.filter(({ due }) => due >= now);
  return {
    pending: Object.fromEntries(pending.map(({ pod, at }) => [pod.metadata.name, at])),
    overdue: left.filter(({ due }) => due < now).map(({ pod }) => pod),
    ...(pending.length > 0 && { nextIn: Math.min(...pending.map(({ due }) => due)) - now + 1 }),
  };
}

export function budgetStatus(
  budget: Budget,
  pods: readonly Pod[],
  expectation: Expectation,
  pending: Readonly<Record<string, string>>,
  now: Milliseconds,
): BudgetStatus {
  const { expectedPods, desiredHealthy } = expectation;
  const currentHealthy = pods.filter((pod) => isHealthy(pod, pending)).length;
  // A budget that has not seen its first pods yet allows nothing.
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const verdict = disruptionsAllowed > 0 ? allowed : insufficient;
  return {
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed,
    ...(Object.keys(pending).length > 0 && { disruptedPods: { ...pending } }),
    observedGeneration: budget.metadata.generation,
    conditions: withCondition(budget, verdict, budget.metadata.generation, now),
  };
}

/** When nothing can be said of the pods, none may be evicted. */
export function failedStatus(budget: Budget, message: string, now: Milliseconds): BudgetStatus {
  const verdict = { status: 'False', reason: 'SyncFailed', message };
  const { observedGeneration } = budget.status;
  return {
    ...budget.status,
    disruptionsAllowed: 0,
    conditions: withCondition(budget, verdict, observedGeneration, now),
  };
}

const allowed = { status: 'True', reason: 'SufficientPods', message: '' };
const insufficient = { status: 'False', reason: 'InsufficientPods', message: '' };

function withCondition(
  { status }: Budget,
  verdict: Pick<Condition, 'status' | 'reason' | 'message'>,
  observedGeneration: number | undefined,
  now: Milliseconds,
): Condition[] {
  const current = status.conditions?.find(({ type }) => type === conditionType);
  const lastTransitionTime = current?.status === verdict.status ? current.lastTransitionTime : formatTime(now);
  const condition: Condition = { type: conditionType, ...verdict, lastTransitionTime, observedGeneration };
  if (current === undefined) return [...(status.conditions ?? []), condition];
  return (status.conditions ?? []).map((other) => (other === current ? condition : other));
}

function isHealthy(pod: Pod, pending: Readonly<Record<string, string>>): boolean {
  const { deletionTimestamp, name } = pod.metadata;
  return deletionTimestamp === undefined && !(name in pending) && isPodReady(pod);
}

function dueAt(time: string | undefined, now: Milliseconds): Milliseconds {
  return (parseTime(time ?? '') ?? now) + deletionTimeout;
}

/** A number, or a percentage of `total`, rounded up. */
function scaled(value: number | string, total: number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) throw new InvalidPercentageError(value);
  return Math.ceil((Number(percent) * total) / 100);
}

/** Neither a number nor a percentage. */
export class InvalidPercentageError extends Error {
  override readonly name = 'InvalidPercentageError';
  constructor(readonly value: string) {
    super(`invalid value for IntOrString: invalid type: string is not a percentage`);
  }
}
