import { Quantity } from '../../quantity/quantity.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';

/** Resources of containers and quotas that are counted in units, never in fractions. */
const countedObjects = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];

const containerResources: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
const integerResources: ReadonlySet<string> = new Set(countedObjects);

const quotaResources: ReadonlySet<string> = new Set([
  ...containerResources,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...countedObjects,
]);

const hugePagesPrefix = 'hugepages-';
const requestsPrefix = 'requests.';

export function isHugePages(name: string): boolean {
  return name.startsWith(hugePagesPrefix);
}

/** A name of Kubernetes' own: without a prefix, or with one of `kubernetes.io/`. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

/** A device or other resource that a node advertises. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith(requestsPrefix)) return false;
  return qualifiedNameErrors(requestsPrefix + name).length === 0;
}

/** Huge pages and devices are handed out whole: their requests are their limits. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

export function isContainerResource(name: string): boolean {
  return containerResources.has(name) || isHugePages(name);
}

/** A resource that quotas count, of those without a prefix. */
export function isQuotaResource(name: string): boolean {
  return quotaResources.has(name) || isHugePages(name) || name.startsWith(requestsPrefix + hugePagesPrefix);
}

/** Any name without a prefix that Kubernetes knows. */
export function isStandardResource(name: string): boolean {
  return name === 'storage' || isQuotaResource(name);
}

/** Resources that a pod as a whole may ask for. */
export const podLevelResources: readonly string[] = ['cpu', 'memory'];

export function isPodLevelResource(name: string): boolean {
  return podLevelResources.includes(name) || isHugePages(name);
}

export function isIntegerResource(name: string): boolean {
  return integerResources.has(name) || isExtendedResource(name);
}

/** Whether the amount is a whole number of pages of the size in the name. */
export function isMultipleOfPageSize(name: string, amount: Quantity): boolean {
  const pageSize = Quantity.tryParse(name.slice(hugePagesPrefix.length));
  if (pageSize === undefined || pageSize.sign() <= 0 || !pageSize.isWhole || amount.sign() < 0) return false;
  return BigInt(amount.toNumber()) % BigInt(pageSize.toNumber()) === 0n;
}
