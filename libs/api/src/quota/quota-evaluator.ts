import type { ScopedResourceSelectorRequirement } from '../generated/kinds.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import type { Amounts } from './amounts.ts';

/** A write that may use up quota. */
export interface QuotaWrite {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly subresource: string;
  readonly object: ApiObject;
  /** Given with UPDATE. */
  readonly old?: ApiObject;
}

/** How objects of one kind use up quota. */
export interface QuotaEvaluator {
  /** Those of the names which this kind uses up. */
  matchingResources(names: readonly string[]): string[];
  /** Can the write change what is used? */
  handles(write: QuotaWrite): boolean;
  /** What the object uses; `now` in milliseconds since 1970. */
  usage(object: ApiObject, now: number): Amounts;
  matchesScope(requirement: ScopedResourceSelectorRequirement, object: ApiObject): boolean;
  /** What the object has to state because `resources` are limited, as the text of an error. */
  missing(resources: readonly string[], object: ApiObject): string | undefined;
}
