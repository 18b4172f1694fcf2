import type { FieldError } from '../errors/field-error.ts';
import type { ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { GenericStrategy } from './generic-strategy.ts';
import { rulesOf } from './rules-of.ts';

/** What preparing an object needs from outside. */
export interface StrategyContext {
  /** Now, as `metav1.Time` (RFC 3339 with whole seconds). */
  readonly now: string;
  /** Namespace of the request; `''` for cluster-scoped resources. */
  readonly namespace: string;
  newUid(): string;
  /** Five random characters for `generateName`. */
  nameSuffix(): string;
}

/** How the life of a resource's objects is ruled. All calls expect objects that `applyDefaults` has seen. */
export interface Strategy {
  /** Names the object, gives it identity, and clears what only the server or the status may say. Changes `object`. */
  prepareForCreate(object: ApiObject, context: StrategyContext): void;
  /** Keeps the old status and identity, bumps `generation` where the spec changed. Changes `object`. */
  prepareForUpdate(object: ApiObject, old: ApiObject, context: StrategyContext): void;
  /** Keeps everything but the status (and the metadata that a status update may change). Changes `object`. */
  prepareForStatusUpdate(object: ApiObject, old: ApiObject): void;
  validate(object: ApiObject): FieldError[];
  /** Includes everything that `validate` finds. */
  validateUpdate(object: ApiObject, old: ApiObject): FieldError[];
  validateStatusUpdate(object: ApiObject, old: ApiObject): FieldError[];
  /** Seconds between the request to delete and the deletion; 0 = at once. Only pods have more. */
  gracePeriodSeconds(object: ApiObject, options: { readonly gracePeriodSeconds?: number }): number;
  /** An update without `resourceVersion` replaces whatever is there. */
  readonly allowsUnconditionalUpdate: boolean;
  /** An update of an object that does not exist creates it. */
  readonly allowsCreateOnUpdate: boolean;
}

const strategies = new WeakMap<ResourceInfo, Strategy>();

/** The strategy of a resource; a resource without rules of its own (a custom one too) has the generic one. */
export function strategyOf(info: ResourceInfo): Strategy {
  let strategy = strategies.get(info);
  if (!strategy) {
    strategy = new GenericStrategy(info, rulesOf(info));
    strategies.set(info, strategy);
  }
  return strategy;
}
