import { ApiError, type ApiObject, type FieldError, invalid, notFound, strategyOf } from '@orrery/api';
import type { Host } from '@orrery/runtime';
import type { AdmissionChain } from '../admission/admission.ts';
import { isReleased } from './deletion.ts';
import type { ObjectCreator } from './object-creator.ts';
import { adoptName, adoptNamespace, checkResourceVersion, checkUid } from './object-metadata.ts';
import type { Change, ChangeResult, CurrentObject, ObjectStore } from './object-store.ts';
import { type ResourceContext, writeOptionsOf } from './resource-context.ts';
import { strategyContext } from './strategy-context.ts';
import { overlayOf } from './subresource-overlay.ts';
import { takeBack, type Undo, type WriteHook } from './write-hook.ts';

/** Makes the wanted object of the current one. Called again when the object has moved meanwhile. */
export type Desired = (current: CurrentObject) => ApiObject | Promise<ApiObject>;

/** Replaces objects: preconditions, admission, strategy, validation, one conditional write. */
export class ObjectUpdater {
  constructor(
    private readonly objects: ObjectStore,
    private readonly creator: ObjectCreator,
    private readonly admission: AdmissionChain,
    private readonly hooks: readonly WriteHook[],
    private readonly host: Host,
  ) {}

  /** A PUT: the client's object as it is. */
  async replace(context: ResourceContext, object: ApiObject): Promise<ChangeResult> {
    adoptName(object, context);
    adoptNamespace(object, context);
    try {
      return await this.change(context, () => structuredClone(object));
    } catch (error) {
      if (!(error instanceof MissingObject)) throw error;
      return this.createInstead(context, object, error);
    }
  }

  /** A PATCH or another change that follows from the current state. */
  async modify(context: ResourceContext, desired: Desired): Promise<ChangeResult> {
    return this.change(context, desired);
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
    const { stored, target, user } = context;
    const options = writeOptionsOf(context);
    const attributes = {
      operation: 'UPDATE' as const,
      info: stored,
      subresource: target.subresource,
      namespace: target.namespace,
      name: target.name,
      object,
      old,
      user,
      dryRun: options.dryRun,
    };
    await this.admission.admit(attributes);
    const errors = await this.checked(context, object, old, undo);
    if (errors.length > 0) throw invalid(stored, target.name, errors);
    await this.admission.validate(attributes);
    return isReleased(stored, object) ? { kind: 'delete' } : { kind: 'put', object };
  }

  /** What the kind's strategy makes of the update, and finds wrong with it. */
  private async checked(
    { stored, target }: ResourceContext,
    object: ApiObject,
    old: ApiObject,
    undo: Undo[],
  ): Promise<FieldError[]> {
    const strategy = strategyOf(stored);
    if (target.subresource === 'status') {
      strategy.prepareForStatusUpdate(object, old);
      return strategy.validateStatusUpdate(object, old);
    }
    // An overlay has already kept all that its subresource may not change.
    if (overlayOf(stored.resource, target.subresource) !== undefined) return strategy.validate(object);
    strategy.prepareForUpdate(object, old, strategyContext(this.host, target.namespace));
    for (const hook of this.hooks) undo.push(...(await hook.beforeUpdate(stored, object, old)));
    return strategy.validateUpdate(object, old);
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
