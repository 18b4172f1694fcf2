import type { PodSpec } from '../generated/kinds.ts';
import type { Quantity } from '../quantity/quantity.ts';
import { aggregateContainers } from '../strategy/pod/container-requests.ts';
import { isHugePages, isOvercommitAllowed, isPodLevelResource } from '../strategy/resource-amounts/resource-names.ts';

/** What a pod as a whole asks for follows from its containers, where it says something but not everything (KEP-2837). */
export function defaultPodResources(spec: PodSpec): void {
  const { resources } = spec;
  if (!resources) return;
  const saysLimits = Object.keys(resources.limits ?? {}).length > 0;
  const saysRequests = Object.keys(resources.requests ?? {}).length > 0;
  if (!saysLimits && !saysRequests) return;
  const requested = new Set(Object.keys(resources.requests ?? {}));
  const limits = aggregateContainers(spec, 'limits');
  resources.limits = filledIn(resources.limits, limits, (name) => isHugePages(name) && !requested.has(name));
  if (Object.keys(resources.limits ?? {}).length > 0) defaultRequests(spec, resources);
  if (!saysLimits) {
    resources.limits = filledIn(
      resources.limits,
      limits,
      (name) => isCountable(name) && everyContainerLimits(spec, name),
    );
  }
  for (const list of ['limits', 'requests'] as const) if (resources[list] === undefined) delete resources[list];
}

/** What the containers ask for together; else, as for a container, the limit. */
function defaultRequests(spec: PodSpec, resources: NonNullable<PodSpec['resources']>): void {
  const asked = filledIn(resources.requests, aggregateContainers(spec, 'requests'), isCountable);
  const limits = Object.entries(resources.limits ?? {}).filter(([name]) => isPodLevelResource(name));
  resources.requests = { ...Object.fromEntries(limits), ...asked };
}

function isCountable(name: string): boolean {
  return isPodLevelResource(name) && isOvercommitAllowed(name);
}

function everyContainerLimits({ containers = [], initContainers = [] }: PodSpec, name: string): boolean {
  return [...containers, ...initContainers].every(({ resources }) => resources?.limits?.[name] !== undefined);
}

function filledIn(
  given: Record<string, string> | undefined,
  totals: ReadonlyMap<string, Quantity>,
  applies: (name: string) => boolean,
): Record<string, string> | undefined {
  const added = [...totals].filter(([name]) => given?.[name] === undefined && applies(name));
  if (added.length === 0) return given;
  return { ...given, ...Object.fromEntries(added.map(([name, amount]) => [name, amount.toString()])) };
}
