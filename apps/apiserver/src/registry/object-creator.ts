import {
  ApiError,
  type ApiObject,
  invalid,
  isAlreadyExists,
  resourceVersionOnCreate,
  serverTimeout,
  strategyOf,
} from '@orrery/api';
import type { Host } from '@orrery/runtime';
import { type AdmissionChain, attributesOf } from '../admission/admission.ts';
import type { CachedObject } from '../cache/cached-object.ts';
import type { FieldTracker } from './field-tracker.ts';
import { adoptNamespace } from './object-metadata.ts';
import type { ObjectStore } from './object-store.ts';
import { dedupOwnerReferences } from './owner-references.ts';
import { createOptionsOf, type ResourceContext, writeOptionsOf } from './resource-context.ts';
import { strategyContext } from './strategy-context.ts';
import { takeBack, type Undo, type WriteHook } from './write-hook.ts';

/** Tries of a generated name before the client is asked to repeat. */
const generateNameAttemptsMax = 8;

/** Creates objects: metadata, admission, strategy, validation, one conditional write. */
export class ObjectCreator {
  constructor(
    private readonly objects: ObjectStore,
    private readonly admission: AdmissionChain,
    private readonly hooks: readonly WriteHook[],
    private readonly fields: FieldTracker,
    private readonly host: Host,
  ) {}

  async create(context: ResourceContext, object: ApiObject): Promise<CachedObject> {
    await this.fields.track(context, undefined, object);
    return this.createTracked(context, object);
  }

  /** For an object whose managed fields are already what they are to be. */
  async createTracked(context: ResourceContext, object: ApiObject): Promise<CachedObject> {
    const { metadata } = object;
    const generated = (metadata.name ?? '') === '' && (metadata.generateName ?? '') !== '';
    if (!generated) return this.attempt(context, object);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(context, structuredClone(object));
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        if (attempt === generateNameAttemptsMax) throw serverTimeout(context.info, 'POST', 1);
      }
    }
  }

  private async attempt(context: ResourceContext, object: ApiObject): Promise<CachedObject> {
    const { stored } = context;
    adoptNamespace(object, context);
    const strategy = strategyOf(stored);
    const { resourceVersion } = object.metadata;
    const options = writeOptionsOf(context);
    const attributes = {
      ...attributesOf(context, options.dryRun),
      operation: 'CREATE' as const,
      namespace: object.metadata.namespace ?? '',
      name: object.metadata.name ?? '',
      object,
      old: undefined,
      options: createOptionsOf(context),
    };
    await this.fields.guard(object, () => this.admission.admit(attributes), attributes.warn);
    dedupOwnerReferences(object, context.notes, 'afterAdmission');
    strategy.prepareForCreate(object, strategyContext(this.host, attributes.namespace, context.user));
    const undo: Undo[] = [];
    try {
      for (const hook of this.hooks) undo.push(...(await hook.beforeCreate(stored, object)));
      const errors = strategy.validate(object, context.info);
      if (errors.length > 0) throw invalid(stored, object.metadata.name ?? '', errors);
      await this.admission.validate(attributes);
      strategy.warnings?.(object, undefined).forEach(attributes.warn);
      if (context.target.verb === 'create' && !options.dryRun && isRevision(resourceVersion))
        throw resourceVersionOnCreate();
      const address = { stored, namespace: attributes.namespace, name: object.metadata.name };
      const created = await this.objects.create(address, object, options);
      if (options.dryRun) await takeBack(undo);
      return created;
    } catch (error) {
      // Only a refusal is sure not to have written; otherwise the repair loop sorts it out.
      if (error instanceof ApiError) await takeBack(undo);
      throw error;
    }
  }
}

/** What is no number other than 0 counts as absent. */
function isRevision(resourceVersion: string | undefined): boolean {
  return /^0*[1-9]\d*$/.test(resourceVersion ?? '');
}
