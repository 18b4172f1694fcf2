import { type ApiObject, invalid, isNotFound, notFound, strategyOf } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import { type AdmissionChain, attributesOf } from '../admission/admission.ts';
import type { CachedObject } from '../cache/cached-object.ts';
import { checkPreconditions, type DeletionOptions, deletionOptionErrors, planDeletion } from './deletion.ts';
import type { ChangeResult, ObjectStore } from './object-store.ts';
import { type ResourceContext, writeOptionsOf } from './resource-context.ts';
import { strategyContext } from './strategy-context.ts';
import type { WriteHook } from './write-hook.ts';

/** Deletes objects, at once or by marking them for those that hold them. */
export class ObjectDeleter {
  constructor(
    private readonly objects: ObjectStore,
    private readonly admission: AdmissionChain,
    private readonly hooks: readonly WriteHook[],
    private readonly host: Host,
  ) {}

  async delete(context: ResourceContext, options: DeletionOptions): Promise<ChangeResult> {
    const { stored, target } = context;
    const optionErrors = deletionOptionErrors(options);
    if (optionErrors.length > 0) {
      throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', optionErrors);
    }
    const write = writeOptionsOf(context);
    const strategy = strategyOf(stored);
    const address = { stored, namespace: target.namespace, name: target.name };
    let deleted: ApiObject | undefined;
    const result = await this.objects.change(address, write, async (current) => {
      if (current === undefined) throw notFound(context.info, target.name);
      const { object } = current;
      checkPreconditions(context.info, object, options);
      const attributes = {
        ...attributesOf(context, write.dryRun),
        operation: 'DELETE' as const,
        object: undefined,
        old: object,
        options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', ...options },
      };
      // An eviction has been admitted as such, as upstream does.
      if (target.subresource === '') {
        await this.admission.admit(attributes);
        await this.admission.validate(attributes);
      }
      if (object.metadata.deletionTimestamp === undefined) {
        strategy.prepareForDelete?.(object, strategyContext(this.host, target.namespace));
      }
      const step = planDeletion(object, options, strategy.gracePeriodSeconds(object, options), this.host.clock.now());
      deleted = object;
      if (step.kind === 'mark') return { kind: 'put', object: step.object };
      return step.kind === 'pending' ? { kind: 'keep' } : { kind: 'delete' };
    });
    if (result.outcome === 'deleted' && deleted !== undefined && !write.dryRun) {
      for (const hook of this.hooks) await hook.afterDelete(stored, deleted);
    }
    return result;
  }

  /** Deletes each of `chosen`; what is gone by then is as good as deleted. */
  async deleteAll(context: ResourceContext, chosen: readonly CachedObject[], options: DeletionOptions): Promise<void> {
    for (const { object } of chosen) {
      const { name, namespace = '' } = object.metadata;
      const target = { ...context.target, name, namespace };
      try {
        await this.delete({ ...context, target }, options);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
}
