import type { FieldError } from '../errors/field-error.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import type { StrategyContext } from './strategy.ts';

/** What a kind rules beyond metadata, status and generation, which are ruled for all kinds alike. */
export interface KindRules<T extends ApiObject = ApiObject> {
  /** The texts of what is wrong with a name; RFC 1123 subdomains unless given. */
  nameErrors?(name: string): string[];
  /** Changes of `spec` (of all fields but metadata and status, where there is none) are counted in `metadata.generation`. */
  readonly countsGenerations?: boolean;
  /** A client may create the object with a status: nodes register themselves with theirs. */
  readonly keepsStatusOnCreate?: boolean;
  /** False where an update must name the resourceVersion that it replaces. */
  readonly allowsUnconditionalUpdate?: boolean;
  readonly allowsCreateOnUpdate?: boolean;
  prepareForCreate?(object: T, context: StrategyContext): void;
  prepareForUpdate?(object: T, old: T, context: StrategyContext): void;
  prepareForStatusUpdate?(object: T, old: T): void;
  validate?(object: T): FieldError[];
  /** Only what compares with the old object: `validate` runs as well. */
  validateUpdate?(object: T, old: T): FieldError[];
  validateStatusUpdate?(object: T, old: T): FieldError[];
  gracePeriodSeconds?(object: T, asked: number | undefined): number;
}
