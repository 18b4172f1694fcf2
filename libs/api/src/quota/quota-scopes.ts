import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../generated/kinds.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import type { QuotaEvaluator } from './quota-evaluator.ts';

/** All that an object has to be to count in a quota, whichever way the quota says it. */
function scopesOf({ spec }: ResourceQuota): ScopedResourceSelectorRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/** Is the object in all scopes of the quota? One without scopes takes everything. */
export function isInScopes(quota: ResourceQuota, evaluator: QuotaEvaluator, object: ApiObject): boolean {
  return scopesOf(quota).every((requirement) => evaluator.matchesScope(requirement, object));
}

/** Does a value, or its absence (`''`), satisfy the requirement? */
export function matchesScopeValue(
  { operator, values = [] }: ScopedResourceSelectorRequirement,
  value: string,
): boolean {
  switch (operator) {
    case 'In':
      return value !== '' && values.includes(value);
    case 'NotIn':
      return value === '' || !values.includes(value);
    case 'Exists':
      return value !== '';
    case 'DoesNotExist':
      return value === '';
    default:
      return false;
  }
}
