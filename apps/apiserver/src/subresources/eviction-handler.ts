import {
  ApiError,
  labelSelectorMatcher,
  type Pod,
  type PodDisruptionBudget,
  type ResourceInfo,
  storageKey,
  tooManyRequests,
} from '@orrery/api';
import { invariant } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import type { DeletionOptions } from '../registry/deletion.ts';
import { isRecord } from '../registry/json-object.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import type { ObjectDeleter } from '../registry/object-deleter.ts';
import type { ObjectReader } from '../registry/object-reader.ts';
import type { ResourceContext } from '../registry/resource-context.ts';
import type { SystemWriter } from '../registry/system-writer.ts';

const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction' };
const retryAfterSeconds = 10;

/** `pods/eviction`: a deletion that asks the pod's disruption budget first. */
export class EvictionHandler {
  constructor(
    private readonly reader: ObjectReader,
    private readonly deleter: ObjectDeleter,
    private readonly decoder: ObjectDecoder,
    private readonly cache: ObjectCache,
    private readonly writer: SystemWriter,
    private readonly budgets: ResourceInfo,
  ) {
    invariant(budgets.resource === 'poddisruptionbudgets', 'evictions are ruled by disruption budgets');
  }

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { request } = context;
    const body = decodeBody(request.body, request.header('content-type'));
    const { value } = this.decoder.shape(body, evictionKind, 'api.policy.v1.Eviction', 'Ignore');
    const options = (isRecord(value.deleteOptions) ? value.deleteOptions : {}) as DeletionOptions;
    const pod = (await this.reader.get(context)).object as Pod;
    if (needsBudget(pod)) await this.spend(pod);
    await this.deleter.delete(context, options);
    return jsonResponse({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
  }

  /** Takes one disruption from the budget that covers the pod. */
  private async spend(pod: Pod): Promise<void> {
    const covering = this.budgetsOf(pod);
    if (covering.length === 0) return;
    if (covering.length > 1) {
      throw new ApiError({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        reason: 'InternalError',
        message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
        code: 500,
      });
    }
    const { name } = covering[0]?.metadata ?? { name: '' };
    await this.writer.modify(this.budgets, pod.metadata.namespace ?? '', name, 'status', ({ object }) => {
      const budget = object as PodDisruptionBudget;
      const allowed = budget.status.disruptionsAllowed ?? 0;
      if (allowed <= 0)
        throw tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retryAfterSeconds);
      budget.status.disruptionsAllowed = allowed - 1;
      return budget;
    });
  }

  private budgetsOf(pod: Pod): PodDisruptionBudget[] {
    const { group, resource } = this.budgets.storage;
    const prefix = storageKey(this.budgets, pod.metadata.namespace ?? '', '');
    const all = this.cache
      .resource(group, resource)
      .range(prefix)
      .map(({ object }) => object as PodDisruptionBudget);
    return all.filter((budget) => labelSelectorMatcher(budget.spec.selector).matches(pod.metadata.labels));
  }
}

/** Pods that do not run, or are going anyway, disturb nobody. */
function needsBudget(pod: Pod): boolean {
  const { phase } = pod.status;
  return (
    phase !== 'Pending' && phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined
  );
}
