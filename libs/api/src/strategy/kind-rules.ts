import type { FieldError } from '../errors/field-error.ts';
import type { GroupVersion } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import type { StrategyContext } from './strategy.ts';

/** A subresource that writes a part of the object, which is neither its spec as a whole nor its status. */
export interface SubresourceRules<T extends ApiObject = ApiObject> {
  /** Changes of the spec are counted in `metadata.generation`. */
  readonly countsGenerations?: boolean;
  /** The part is in the status, which otherwise stays as it was. */
  readonly writesStatus?: boolean;
  /** Keeps everything but that part. Changes `object`. */
  prepare(object: T, old: T, context: StrategyContext): void;
  /** Only what compares with the old object: the kind's own `validate` runs as well. */
  validate(object: T, old: T): FieldError[];
}

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
  /** Finalizers need not say whose they are: most kinds demand a domain in front. */
  readonly allowsBareFinalizers?: boolean;
  prepareForCreate?(object: T, context: StrategyContext): void;
  prepareForUpdate?(object: T, old: T, context: StrategyContext): void;
  prepareForStatusUpdate?(object: T, old: T, context: StrategyContext): void;
  /** Old is what an update replaces: upstream puts up with some flaws that were there before. `requested`: the version of the request. */
  validate?(object: T, old: T | undefined, requested?: GroupVersion): FieldError[];
  /** Only what compares with the old object: `validate` runs as well. */
  validateUpdate?(object: T, old: T, requested?: GroupVersion): FieldError[];
  validateStatusUpdate?(object: T, old: T): FieldError[];
  /** What the client should know of an object that is accepted; sent as `Warning` headers. `old` only for updates. */
  warnings?(object: T, old: T | undefined): string[];
  /** Called for the first deletion of an object: what it adds to the finalizers keeps the object. */
  prepareForDelete?(object: T, context: StrategyContext): void;
  /** By the name of the subresource. */
  readonly subresources?: Readonly<Record<string, SubresourceRules<T>>>;
  gracePeriodSeconds?(object: T, asked: number | undefined): number;
}
