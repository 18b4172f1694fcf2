import {
  type Amounts,
  type ApiObject,
  addAmounts,
  countedResourceOf,
  isInScopes,
  noAmounts,
  onlyNamed,
  parseAmounts,
  Quantity,
  type QuotaEvaluator,
  type ResourceQuota,
} from '@orrery/api';
import type { Milliseconds } from '@orrery/runtime';

/** What there is in the quota's namespace. */
export interface NamespaceContent {
  /** Kinds whose objects do not count as one each. */
  readonly weighed: readonly { readonly evaluator: QuotaEvaluator; readonly objects: readonly ApiObject[] }[];
  countOf(group: string, resource: string): number;
}

/** What the objects of the namespace use of each resource that the quota limits. What is no resource of any kind keeps its last count. */
export function countedUsage(quota: ResourceQuota, content: NamespaceContent, now: Milliseconds): Amounts {
  const limited = Object.keys(quota.spec?.hard ?? {});
  const used = new Map([
    ...onlyNamed(parseAmounts(quota.status?.used), limited),
    ...countedObjects(quota, limited, content),
  ]);
  for (const { evaluator, objects } of content.weighed) {
    const names = evaluator.matchingResources(limited);
    if (names.length === 0) continue;
    const usage = objects
      .filter((object) => isInScopes(quota, evaluator, object))
      .map((object) => onlyNamed(evaluator.usage(object, now), names))
      .reduce(addAmounts, noAmounts);
    for (const name of names) used.set(name, usage.get(name) ?? Quantity.zero);
  }
  return used;
}

/** Nothing that only counts as one is in any scope. */
function countedObjects({ spec }: ResourceQuota, limited: readonly string[], content: NamespaceContent): Amounts {
  const isScoped = (spec?.scopes ?? []).length + (spec?.scopeSelector?.matchExpressions ?? []).length > 0;
  const counts = new Map<string, Quantity>();
  for (const name of limited) {
    const counted = countedResourceOf(name);
    if (counted === undefined) continue;
    counts.set(name, Quantity.of(isScoped ? 0 : content.countOf(counted.group, counted.resource)));
  }
  return counts;
}
