import {
  type ApiObject,
  badRequest,
  isConflict,
  type Pod,
  type PodDisruptionBudget,
  type ResourceInfo,
  storageKey,
} from '@orrery/api';
import { formatTime, type Host, invariant } from '@orrery/runtime';
import { type AdmissionChain, attributesOf } from '../admission/admission.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { negotiate } from '../negotiation/accept.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import type { DeletionOptions } from '../registry/deletion.ts';
import { isRecord } from '../registry/json-object.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import type { ObjectDeleter } from '../registry/object-deleter.ts';
import type { ObjectReader } from '../registry/object-reader.ts';
import { createOptionsOf, type ResourceContext, writeOptionsOf } from '../registry/resource-context.ts';
import type { SystemWriter } from '../registry/system-writer.ts';
import {
  covers,
  goesUncounted,
  mayBecomeReady,
  needsBudget,
  severalBudgets,
  spendDisruption,
  stillProcessed,
} from './disruption-budget.ts';

const evictionKind = { group: 'policy', version: 'v1', kind: 'Eviction' };
/** Looks at a pod that changes before its deletion is through. */
const attemptsMax = 20;

type EvictionOptions = DeletionOptions & { readonly dryRun?: readonly string[] };

interface Parts {
  readonly reader: ObjectReader;
  readonly deleter: ObjectDeleter;
  readonly decoder: ObjectDecoder;
  readonly cache: ObjectCache;
  readonly writer: SystemWriter;
  readonly admission: AdmissionChain;
  readonly host: Host;
  /** The resource of disruption budgets. */
  readonly budgets: ResourceInfo;
}

/** `pods/eviction`: a deletion that asks the pod's disruption budget first. */
export class EvictionHandler {
  constructor(private readonly parts: Parts) {
    invariant(parts.budgets.resource === 'poddisruptionbudgets', 'evictions are ruled by disruption budgets');
  }

  async handle(context: ResourceContext): Promise<ApiResponse> {
    negotiate(context.request.header('accept'), 'plain');
    const options = await this.accepted(context);
    const pod = await this.deleteUncounted(context, options);
    if (pod !== undefined) await this.deleteCounted(context, options, pod);
    return jsonResponse({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
  }

  /** The options of the deletion, once admission has let the eviction pass. */
  private async accepted(context: ResourceContext): Promise<EvictionOptions> {
    const { request, target } = context;
    const body = decodeBody(request.body, request.header('content-type'), evictionKind.kind);
    const { value } = this.parts.decoder.shape(body, evictionKind, 'api.policy.v1.Eviction', 'Ignore');
    const eviction = value as unknown as ApiObject;
    const name = eviction.metadata?.name ?? '';
    if (name !== target.name) throw badRequest('name in URL does not match name in Eviction object');
    const options = (isRecord(value.deleteOptions) ? value.deleteOptions : {}) as EvictionOptions;
    adoptDryRun(request.query, options);
    const attributes = {
      ...attributesOf(context, writeOptionsOf(context).dryRun),
      operation: 'CREATE' as const,
      object: eviction,
      old: undefined,
      options: createOptionsOf(context),
    };
    await this.parts.admission.admit(attributes);
    await this.parts.admission.validate(attributes);
    return options;
  }

  /** Deletes a pod that no budget is asked for; gives any other one back. */
  private async deleteUncounted(context: ResourceContext, options: EvictionOptions): Promise<Pod | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const pod = (await this.parts.reader.get(context)).object as Pod;
      if (needsBudget(pod)) return pod;
      const isOwn = options.preconditions?.resourceVersion !== undefined;
      try {
        await this.parts.deleter.delete(context, isOwn || !mayBecomeReady(pod) ? options : asSeen(options, pod));
        return undefined;
      } catch (error) {
        if (isOwn || !isConflict(error) || attempt === attemptsMax) throw error;
      }
    }
  }

  private async deleteCounted(context: ResourceContext, options: EvictionOptions, pod: Pod): Promise<void> {
    // A budget that was made just before counts already.
    await this.parts.cache.waitUntilFresh();
    const budget = this.budgetOf(pod);
    const uncounted = budget !== undefined && goesUncounted(pod, budget);
    if (budget !== undefined && !uncounted) await this.spend(budget, pod, writeOptionsOf(context).dryRun);
    try {
      await this.parts.deleter.delete(context, uncounted ? asSeen(options, pod) : options);
    } catch (error) {
      // It may have become healthy: the budget has to be asked again.
      const isOwn = options.preconditions?.resourceVersion !== undefined;
      if (uncounted && !isOwn && isConflict(error)) throw stillProcessed(budget.metadata.name);
      throw error;
    }
  }

  private async spend({ metadata: { name } }: PodDisruptionBudget, pod: Pod, dryRun: boolean): Promise<void> {
    const { writer, budgets, host } = this.parts;
    const { namespace = '' } = pod.metadata;
    const now = formatTime(host.clock.now());
    await writer.modify(budgets, namespace, name, 'status', ({ object }) => {
      const budget = object as PodDisruptionBudget;
      if (!dryRun) spendDisruption(budget, pod.metadata.name, now);
      else spendDisruption(structuredClone(budget), pod.metadata.name, now);
      return budget;
    });
  }

  private budgetOf(pod: Pod): PodDisruptionBudget | undefined {
    const { budgets, cache } = this.parts;
    const { group, resource } = budgets.storage;
    const inNamespace = cache.resource(group, resource).range(storageKey(budgets, pod.metadata.namespace ?? '', ''));
    const covering = inNamespace
      .map(({ object }) => object as PodDisruptionBudget)
      .filter((budget) => covers(budget, pod));
    if (covering.length > 1) throw severalBudgets();
    return covering[0];
  }
}

/** A deletion of the pod as it was read, and of no later state. */
function asSeen(options: EvictionOptions, { metadata: { resourceVersion } }: Pod): EvictionOptions {
  return { ...options, preconditions: { ...options.preconditions, ...(resourceVersion && { resourceVersion }) } };
}

/** A dry run may be asked for in the query or in the body; if in both, then alike. */
function adoptDryRun(query: URLSearchParams, { dryRun = [] }: EvictionOptions): void {
  const asked = query.getAll('dryRun');
  if (dryRun.length === 0) return;
  if (asked.length === 0) for (const value of dryRun) query.append('dryRun', value);
  else if (asked.join() !== dryRun.join()) {
    throw badRequest(
      `Non-matching dry-run options in request and content: [${asked.join(' ')}] and [${dryRun.join(' ')}]`,
    );
  }
}
