import type { FieldError } from '../errors/field-error.ts';
import type { GroupVersion, ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { GenericStrategy } from './generic-strategy.ts';
import { rulesOf } from './rules-of.ts';

/** A user as authentication found them. */
export interface RequestUser {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What preparing an object needs from outside. */
export interface StrategyContext {
  /** Now, as `metav1.Time` (RFC 3339 with whole seconds). */
  readonly now: string;
  /** Namespace of the request; `''` for cluster-scoped resources. */
  readonly namespace: string;
  /** Who asks; absent where the server itself writes. */
  readonly user?: RequestUser;
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
  prepareForStatusUpdate(object: ApiObject, old: ApiObject, context: StrategyContext): void;
  /** For subresources that write another part than the status. Changes `object`. */
  prepareForSubresourceUpdate?(subresource: string, object: ApiObject, old: ApiObject, context: StrategyContext): void;
  /** `requested`: the version of the request; absent where that makes no difference. */
  validate(object: ApiObject, requested?: GroupVersion): FieldError[];
  /** Includes everything that `validate` finds. */
  validateUpdate(object: ApiObject, old: ApiObject, requested?: GroupVersion): FieldError[];
  validateStatusUpdate(object: ApiObject, old: ApiObject): FieldError[];
  validateSubresourceUpdate?(subresource: string, object: ApiObject, old: ApiObject): FieldError[];
  /** What the client is warned of, of an object that has been prepared. `old` only for updates. */
  warnings?(object: ApiObject, old: ApiObject | undefined): string[];
  /** Marks an object whose deletion is asked for the first time, before it is decided whether it stays for a while. Changes `object`. */
  prepareForDelete?(object: ApiObject, context: StrategyContext): void;
  /** Seconds between the request to delete and the deletion; 0 = at once. Only pods have more. */
  gracePeriodSeconds(object: ApiObject, options: { readonly gracePeriodSeconds?: number }): number;
  /** An update without `resourceVersion` replaces whatever is there. */
  readonly allowsUnconditionalUpdate: boolean;
  /** An update of an object that does not exist creates it. */
  readonly allowsCreateOnUpdate: boolean;
}

const strategies = new WeakMap<ResourceInfo, Strategy>();

/** The strategy of a resource; a resource without rules of its own has the generic one. */
export function strategyOf(info: ResourceInfo): Strategy {
  if (info.strategy) return info.strategy;
  let strategy = strategies.get(info);
  if (!strategy) {
    strategy = new GenericStrategy(info, rulesOf(info));
    strategies.set(info, strategy);
  }
  return strategy;
}
