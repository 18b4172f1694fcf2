import { ApiError, type ApiObject, type FieldError, invalid, isAlreadyExists, notFound, strategyOf } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import { type AdmissionChain, attributesOf } from '../admission/admission.ts';
import { isReleased } from './deletion.ts';
import { type FieldTracker, isUnchanged } from './field-tracker.ts';
import type { ObjectCreator } from './object-creator.ts';
import { adoptName, adoptNamespace, checkNoUid, checkResourceVersion, checkUid } from './object-metadata.ts';
import type { Change, ChangeResult, CurrentObject, ObjectStore } from './object-store.ts';
import { dedupOwnerReferences } from './owner-references.ts';
import { type ResourceContext, updateOptionsOf, writeOptionsOf } from './resource-context.ts';
import { strategyContext } from './strategy-context.ts';
import { overlayOf } from './subresource-overlay.ts';
import { takeBack, type Undo, type WriteHook } from './write-hook.ts';

/** Makes the wanted object of the current one. Called again when the object has moved meanwhile. */
export type Desired = (current: CurrentObject) => ApiObject | Promise<ApiObject>;

/** Makes the object of an apply, managed fields included, from the current one or from nothing. */
export type Applied = (current: CurrentObject | undefined) => Promise<ApiObject>;

/** Tries of an apply whose object comes and goes meanwhile, before the client is asked to repeat. */
const applyAttemptsMax = 5;

/** Replaces objects: preconditions, admission, strategy, validation, one conditional write. */
export class ObjectUpdater {
  constructor(
    private readonly objects: ObjectStore,
    private readonly creator: ObjectCreator,
    private readonly admission: AdmissionChain,
    private readonly hooks: readonly WriteHook[],
    private readonly fields: FieldTracker,
    private readonly host: Host,
  ) {}

  /** A PUT: the client's object as it is. */
  async replace(context: ResourceContext, object: ApiObject): Promise<ChangeResult> {
    adoptName(object, context);
    adoptNamespace(object, context);
    try {
      return await this.change(
        context,
        this.tracked(context, () => structuredClone(object)),
      );
    } catch (error) {
      if (!(error instanceof MissingObject)) throw error;
      return this.createInstead(context, object, error);
    }
  }

  /** A PATCH or another change that follows from the current state. */
  async modify(context: ResourceContext, desired: Desired): Promise<ChangeResult> {
    return this.change(context, this.tracked(context, desired));
  }

  /** A server-side apply, which makes the object where there is none. */
  async apply(context: ResourceContext, applied: Applied): Promise<ChangeResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.change(context, applied);
      } catch (error) {
        if (!(error instanceof MissingObject)) throw error;
        if (context.target.subresource !== '') throw error.error;
      }
      try {
        const object = await applied(undefined);
        checkNoUid(object, context);
        return { object: await this.creator.createTracked(context, object), outcome: 'created' };
      } catch (error) {
        if (!isAlreadyExists(error) || attempt === applyAttemptsMax) throw error;
      }
    }
  }

  /** Notes in the object's managed fields what the change comes to. */
  private tracked(context: ResourceContext, desired: Desired): Desired {
    return async (current) => {
      const object = await desired(current);
      await this.fields.track(context, current.object, object);
      return object;
    };
  }

  private async change(context: ResourceContext, desired: Desired): Promise<ChangeResult> {
    const { stored, target } = context;
    const options = writeOptionsOf(context);
    let undo: Undo[] = [];
    let effect: { object: ApiObject; old: ApiObject } | undefined;
    const address = { stored, namespace: target.namespace, name: target.name };
    try {
      const result = await this.objects.change(address, options, async (current) => {
        await takeBack(undo);
        undo = [];
        if (current === undefined) throw new MissingObject(context);
        const object = await desired(current);
        checkUid(object, current.object, context);
        const unconditional = strategyOf(stored).allowsUnconditionalUpdate;
        checkResourceVersion(object, context, current.revision, unconditional);
        const old = structuredClone(current.object);
        effect = { object, old };
        return this.prepared(context, object, old, undo);
      });
      if (options.dryRun) await takeBack(undo);
      if (effect !== undefined && !options.dryRun && result.outcome !== 'unchanged') {
        await this.afterwards(context, result, effect);
      }
      return result;
    } catch (error) {
      if (error instanceof ApiError) await takeBack(undo);
      throw error;
    }
  }

  private async prepared(context: ResourceContext, object: ApiObject, old: ApiObject, undo: Undo[]): Promise<Change> {
    const { stored, target } = context;
    const options = writeOptionsOf(context);
    const attributes = {
      ...attributesOf(context, options.dryRun),
      operation: 'UPDATE' as const,
      object,
      old,
      options: updateOptionsOf(context),
    };
    await this.fields.guard(object, () => this.admission.admit(attributes), attributes.warn);
    adoptNamespace(object, context);
    dedupOwnerReferences(object, context.notes, 'afterAdmission');
    const errors = await this.checked(context, object, old, undo);
    if (errors.length > 0) throw invalid(stored, target.name, errors);
    await this.admission.validate(attributes);
    if (target.subresource === '') strategyOf(stored).warnings?.(object, old).forEach(attributes.warn);
    if (isReleased(stored, object)) return { kind: 'delete' };
    return { kind: 'put', object: isUnchanged(object, old) ? old : object };
  }

  /** What the kind's strategy makes of the update, and finds wrong with it. */
  private async checked(
    { info, stored, target }: ResourceContext,
    object: ApiObject,
    old: ApiObject,
    undo: Undo[],
  ): Promise<FieldError[]> {
    const strategy = strategyOf(stored);
    if (target.subresource === 'status') {
      strategy.prepareForStatusUpdate(object, old, strategyContext(this.host, target.namespace));
      return strategy.validateStatusUpdate(object, old);
    }
    if (overlayOf(stored, target.subresource) !== undefined) {
      const preparation = strategyContext(this.host, target.namespace);
      strategy.prepareForSubresourceUpdate?.(target.subresource, object, old, preparation);
      return strategy.validateSubresourceUpdate?.(target.subresource, object, old) ?? strategy.validate(object);
    }
    strategy.prepareForUpdate(object, old, strategyContext(this.host, target.namespace));
    for (const hook of this.hooks) undo.push(...(await hook.beforeUpdate(stored, object, old)));
    return strategy.validateUpdate(object, old, info);
  }

  private async afterwards(
    { stored }: ResourceContext,
    result: ChangeResult,
    effect: { object: ApiObject; old: ApiObject },
  ): Promise<void> {
    for (const hook of this.hooks) {
      if (result.outcome === 'deleted') await hook.afterDelete(stored, effect.old);
      else await hook.afterUpdate(stored, effect.object, effect.old);
    }
  }

  /** Some kinds are made by their first update. */
  private async createInstead(
    context: ResourceContext,
    object: ApiObject,
    missing: MissingObject,
  ): Promise<ChangeResult> {
    if (!strategyOf(context.stored).allowsCreateOnUpdate || context.target.subresource !== '') throw missing.error;
    if ((object.metadata.uid ?? '') !== '' || (object.metadata.resourceVersion ?? '') !== '') throw missing.error;
    return { object: await this.creator.create(context, object), outcome: 'created' };
  }
}

/** The object does not exist; says so as an error of the API, once it is certain. */
export class MissingObject extends ApiError {
  readonly error: ApiError;
  constructor(context: ResourceContext) {
    const error = notFound(context.info, context.target.name);
    super(error.status);
    this.error = error;
  }
}
