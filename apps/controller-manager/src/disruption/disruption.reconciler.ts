import {
  type ApiObject,
  Deployment,
  isConflict,
  keyOf,
  labelSelectorMatcher,
  type ObjectKey,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from '@orrery/api';
import type { EventRecorder, Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import type { Clock } from '@orrery/runtime';
import { sameJson } from '../conditions/same-json.ts';
import {
  budgetStatus,
  countsPodsOnly,
  type Expectation,
  expectationOf,
  failedStatus,
  pendingDisruptions,
} from './plan-disruption.ts';
import { PodScale } from './pod-scale.ts';

/** Tells how many pods of each disruption budget may be evicted now. */
@Reconciler({
  for: PodDisruptionBudget,
  watches: [
    watch(Pod, budgetsOfPod),
    watch(Deployment, budgetsOfNamespace),
    watch(ReplicaSet, budgetsOfNamespace),
    watch(StatefulSet, budgetsOfNamespace),
    watch(ReplicationController, budgetsOfNamespace),
  ],
  name: 'disruption-controller',
})
export class DisruptionReconciler {
  private readonly budgets: Lister<PodDisruptionBudget>;
  private readonly pods: Lister<Pod>;
  private readonly scale: PodScale;

  constructor(
    informers: Informers,
    private readonly events: EventRecorder,
    private readonly clock: Clock,
  ) {
    this.budgets = informers.for(PodDisruptionBudget).lister;
    this.pods = informers.for(Pod).lister;
    this.scale = new PodScale(informers);
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const budget = this.budgets.get(key);
    if (budget === undefined) return done();
    const now = this.clock.now();
    const pods = this.podsOf(budget);
    const { pending, overdue, nextIn } = pendingDisruptions(budget, pods, now);
    const status = this.statusOf(budget, pods, pending);
    if (!sameJson(status, budget.status)) {
      await api.updateStatus(PodDisruptionBudget, { ...budget, status });
      for (const pod of overdue) {
        const message = `Pod was expected by PDB ${key.namespace}/${key.name} to be deleted but it wasn't`;
        this.events.event(pod, 'Warning', 'NotDeleted', message);
      }
    }
    return nextIn === undefined ? done() : requeueAfter(nextIn);
  }

  private statusOf(
    budget: PodDisruptionBudget,
    pods: readonly Pod[],
    pending: Readonly<Record<string, string>>,
  ): PodDisruptionBudget['status'] {
    const now = this.clock.now();
    try {
      return budgetStatus(budget, pods, this.expectation(budget, pods), pending, now);
    } catch (error) {
      if (isConflict(error)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      const text = `Failed to calculate the number of expected pods: ${message}`;
      this.events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', text);
      return failedStatus(budget, message, now);
    }
  }

  private expectation(budget: PodDisruptionBudget, pods: readonly Pod[]): Expectation {
    if (pods.length === 0) this.events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    if (countsPodsOnly(budget)) return expectationOf(budget, pods, 0);
    const { total, unmanaged } = this.scale.of(pods);
    if (unmanaged.length > 0) {
      const selector = labelSelectorMatcher(budget.spec.selector);
      const message = `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
      this.events.event(budget, 'Warning', 'UnmanagedPods', message);
    }
    return expectationOf(budget, pods, total);
  }

  private podsOf({ metadata, spec }: PodDisruptionBudget): Pod[] {
    const matcher = labelSelectorMatcher(spec.selector);
    return this.pods.list(metadata.namespace).filter((pod) => matcher.matches(pod.metadata.labels));
  }
}

function budgetsOfPod(pod: Pod, informers: Informers): ObjectKey[] {
  return informers
    .for(PodDisruptionBudget)
    .lister.list(pod.metadata.namespace)
    .filter(({ spec }) => labelSelectorMatcher(spec.selector).matches(pod.metadata.labels))
    .map(keyOf);
}

/** The size of a controller concerns the budgets of its pods: those of its namespace that count relative to it. */
function budgetsOfNamespace({ metadata }: ApiObject, informers: Informers): ObjectKey[] {
  return informers
    .for(PodDisruptionBudget)
    .lister.list(metadata.namespace)
    .filter((budget) => !countsPodsOnly(budget))
    .map(keyOf);
}
