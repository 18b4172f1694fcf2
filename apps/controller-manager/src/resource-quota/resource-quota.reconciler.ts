import {
  type ApiObject,
  formatAmounts,
  keyOf,
  type ObjectKey,
  PersistentVolumeClaim,
  Pod,
  parseAmounts,
  type QuotaEvaluator,
  quotaEvaluatorOf,
  ResourceQuota,
  type ResourceType,
  Service,
  sameAmounts,
} from '@orrery/api';
import type { Informer, Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler, requeueAfter, watch } from '@orrery/controller';
import { type Clock, invariant, type Milliseconds } from '@orrery/runtime';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { countedUsage, type NamespaceContent } from './counted-usage.ts';

/** Whatever admission charged for writes that failed afterwards is found by then. */
const recountInterval: Milliseconds = 300_000;
/** Kinds whose objects do not count as one each: these are read in full. */
const weighedTypes: readonly ResourceType<ApiObject>[] = [Pod, Service, PersistentVolumeClaim];

interface WeighedKind {
  readonly informer: Informer<ApiObject>;
  readonly evaluator: QuotaEvaluator;
}

/**
 * Counts what the quotas of a namespace are used for: at first, when their limits change, and when something is given back. What is taken, admission
 * charges itself; to count on every creation would undo charges whose objects are not written yet.
 */
@Reconciler({
  // Only so that own writes are waited for: the keys come from `start`.
  watches: [watch(ResourceQuota, () => [])],
  name: 'resourcequota-controller',
  concurrency: 5,
})
export class ResourceQuotaReconciler {
  private readonly quotas: Lister<ResourceQuota>;
  private readonly weighed: readonly WeighedKind[];

  constructor(
    private readonly informers: Informers,
    private readonly graph: ObjectGraph,
    private readonly clock: Clock,
  ) {
    this.quotas = informers.for(ResourceQuota).lister;
    this.weighed = weighedTypes.map((type) => {
      const evaluator = quotaEvaluatorOf(type);
      invariant(evaluator !== undefined, `${type.resource} use up no quota`);
      return { informer: informers.for(type), evaluator };
    });
  }

  start(enqueue: (key: ObjectKey) => void, signal: AbortSignal): void {
    const recount = (namespace: string) => {
      for (const quota of this.quotas.list(namespace)) enqueue(keyOf(quota));
    };
    const subscriptions = [
      this.informers.for(ResourceQuota).onChange(({ previous, current }) => {
        if (current !== undefined && !hasSameLimits(previous, current)) enqueue(keyOf(current));
      }),
      ...this.weighed.map(({ informer, evaluator }) =>
        informer.onChange(({ previous, current }) => {
          if (previous === undefined || current === undefined) return;
          const [before, after] = [previous, current].map((object) => evaluator.usage(object, this.clock.now()));
          if (before && after && !sameAmounts(before, after)) recount(current.metadata.namespace ?? '');
        }),
      ),
    ];
    signal.addEventListener('abort', () => {
      for (const subscription of subscriptions) void subscription.stop();
    });
    this.graph.onChange(({ previous, current }) => {
      if (previous !== undefined && current === undefined) recount(previous.key.namespace);
    }, signal);
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const quota = this.quotas.get(key);
    if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return done();
    const used = countedUsage(quota, this.contentOf(key.namespace), this.clock.now());
    const hard = parseAmounts(quota.spec.hard);
    const { status } = quota;
    const isCurrent =
      status?.used !== undefined &&
      status.hard !== undefined &&
      sameAmounts(parseAmounts(status.used), used) &&
      sameAmounts(parseAmounts(status.hard), hard);
    if (!isCurrent) {
      const counted = { hard: formatAmounts(hard), used: formatAmounts(used) };
      await api.updateStatus(ResourceQuota, { ...quota, status: counted });
    }
    return requeueAfter(recountInterval);
  }

  private contentOf(namespace: string): NamespaceContent {
    return {
      weighed: this.weighed.map(({ informer, evaluator }) => ({ evaluator, objects: informer.lister.list(namespace) })),
      countOf: (group, resource) =>
        this.graph.inNamespace(namespace).filter(({ type }) => type.group === group && type.resource === resource)
          .length,
    };
  }
}

function hasSameLimits(previous: ResourceQuota | undefined, current: ResourceQuota): boolean {
  return previous !== undefined && sameAmounts(parseAmounts(previous.spec.hard), parseAmounts(current.spec.hard));
}
