import { parseTime } from '@orrery/runtime';
import type { Affinity, Container, Pod, ScopedResourceSelectorRequirement } from '../generated/kinds.ts';
import { isExtendedResource, isHugePages, isNativeResource } from '../strategy/resource-amounts/resource-names.ts';
import { type Amounts, parseAmounts } from './amounts.ts';
import { objectCountName, one } from './object-count-evaluator.ts';
import { podLimitsInUse, podRequestsInUse } from './pod-resources.ts';
import type { QuotaEvaluator, QuotaWrite } from './quota-evaluator.ts';
import { matchesScopeValue } from './quota-scopes.ts';

const countName = objectCountName({ group: '', resource: 'pods' });
const computeResources = ['cpu', 'memory', 'ephemeral-storage'];
const requestsPrefix = 'requests.';
const names = [
  countName,
  'pods',
  ...computeResources.flatMap((name) => [name, `${requestsPrefix}${name}`, `limits.${name}`]),
];
/** Where these are limited each container has to state them. Upstream calls it a mistake and keeps it for these. */
const statedResources = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

/** Pods, while they live, and what they request. */
export const podEvaluator: QuotaEvaluator = {
  matchingResources: (wanted) => wanted.filter(isPodResource),
  handles: ({ operation, subresource }: QuotaWrite) =>
    operation === 'CREATE' ? subresource === '' : subresource === 'resize',
  usage: (object, now) => podUsage(object as Pod, now),
  matchesScope: (requirement, object) => podMatchesScope(requirement, object as Pod),
  missing: (resources, object) => missingResources(resources, object as Pod),
};

function isPodResource(name: string): boolean {
  if (names.includes(name) || isHugePages(name)) return true;
  if (!name.startsWith(requestsPrefix)) return false;
  return isHugePages(name.slice(requestsPrefix.length)) || !isNativeResource(name);
}

/** Pods that have ended, or should have been gone long ago, take nothing but their place among the objects. */
function podUsage(pod: Pod, now: number): Amounts {
  if (hasEnded(pod, now)) return new Map([[countName, one]]);
  return new Map([[countName, one], ['pods', one], ...computeUsage(podRequestsInUse(pod), podLimitsInUse(pod))]);
}

function hasEnded({ metadata, status }: Pod, now: number): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return false;
  return now > (parseTime(deletionTimestamp) ?? now) + deletionGracePeriodSeconds * 1000;
}

function computeUsage(requests: Amounts, limits: Amounts): Amounts {
  const usage = new Map();
  for (const [name, amount] of requests) {
    if (computeResources.includes(name) || isHugePages(name)) usage.set(name, amount);
    if (computeResources.includes(name) || isHugePages(name) || isExtendedResource(name)) {
      usage.set(`${requestsPrefix}${name}`, amount);
    }
  }
  for (const [name, amount] of limits) if (computeResources.includes(name)) usage.set(`limits.${name}`, amount);
  return usage;
}

function missingResources(resources: readonly string[], { spec }: Pod): string | undefined {
  if (spec.resources?.requests !== undefined || spec.resources?.limits !== undefined) return undefined;
  const wanted = statedResources.filter((name) => resources.includes(name));
  const containers: Container[] = [...spec.containers, ...(spec.initContainers ?? [])];
  const missing = wanted.flatMap((name) => {
    const without = containers.filter((container) => !containerUsage(container).has(name)).map((one) => one.name);
    return without.length === 0 ? [] : [`${name} for: ${[...new Set(without)].sort().join(',')}`];
  });
  return missing.length === 0 ? undefined : `must specify ${missing.join('; ')}`;
}

function containerUsage({ resources }: Container): Amounts {
  return computeUsage(parseAmounts(resources?.requests), parseAmounts(resources?.limits));
}

function podMatchesScope(requirement: ScopedResourceSelectorRequirement, pod: Pod): boolean {
  switch (requirement.scopeName) {
    case 'Terminating':
      return isTerminating(pod);
    case 'NotTerminating':
      return !isTerminating(pod);
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass':
      return matchesScopeValue(requirement, pod.spec.priorityClassName ?? '');
    case 'CrossNamespacePodAffinity':
      return hasCrossNamespaceAffinity(pod.spec.affinity);
    default:
      return false;
  }
}

function isTerminating({ spec }: Pod): boolean {
  return spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
}

function isBestEffort({ spec }: Pod): boolean {
  const holders = [spec.resources, ...[...spec.containers, ...(spec.initContainers ?? [])].map((one) => one.resources)];
  const amounts = holders.flatMap((resources) => [
    ...parseAmounts(resources?.requests),
    ...parseAmounts(resources?.limits),
  ]);
  return !amounts.some(([name, amount]) => (name === 'cpu' || name === 'memory') && amount.sign() > 0);
}

function hasCrossNamespaceAffinity(affinity: Affinity | undefined): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some((rules) =>
    [
      ...(rules?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ].some((term) => (term?.namespaces ?? []).length > 0 || term?.namespaceSelector !== undefined),
  );
}
