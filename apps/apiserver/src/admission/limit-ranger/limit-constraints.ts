import {
  type Amounts,
  type Container,
  type LimitRange,
  type PersistentVolumeClaim,
  type Pod,
  parseAmounts,
  podSpecLimits,
  podSpecRequests,
  type Quantity,
} from '@orrery/api';

type LimitItem = LimitRange['spec']['limits'][number];

/** What is held against the bounds. */
interface Stated {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** One bound, as its errors name it. */
interface Bound {
  readonly type: string;
  readonly resource: string;
  readonly value: Quantity;
}

/** How the pod and its containers violate the bounds; texts are upstream's. */
export function podLimitErrors(range: LimitRange, pod: Pod): string[] {
  return range.spec.limits.flatMap((item) => {
    if (item.type === 'Pod') {
      return amountErrors(item, { requests: podSpecRequests(pod), limits: podSpecLimits(pod) });
    }
    if (item.type !== 'Container') return [];
    const containers: Container[] = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    return containers.flatMap(({ resources }) =>
      amountErrors(item, { requests: parseAmounts(resources?.requests), limits: parseAmounts(resources?.limits) }),
    );
  });
}

/** A claim has requests only. */
export function claimLimitErrors(range: LimitRange, { spec }: PersistentVolumeClaim): string[] {
  const stated = { requests: parseAmounts(spec.resources?.requests), limits: new Map() };
  return range.spec.limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...each(item, item.min, (bound) => minError(bound, stated)),
      ...each(item, item.max, (bound) => maxRequestError(bound, stated)),
    ]);
}

function amountErrors(item: LimitItem, stated: Stated): string[] {
  return [
    ...each(item, item.min, (bound) => minError(bound, stated)),
    ...each(item, item.max, (bound) => maxError(bound, stated)),
    ...each(item, item.maxLimitRequestRatio, (bound) => ratioError(bound, stated)),
  ];
}

function each(
  { type }: LimitItem,
  bounds: Readonly<Record<string, string>> | undefined,
  check: (bound: Bound) => string | undefined,
): string[] {
  const sorted = [...parseAmounts(bounds)].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([resource, value]) => check({ type, resource, value })).filter((text) => text !== undefined);
}

function minError({ type, resource, value }: Bound, { requests, limits }: Stated): string | undefined {
  const [request, limit] = [requests.get(resource), limits.get(resource)];
  const head = `minimum ${resource} usage per ${type} is ${value}`;
  if (request === undefined) return `${head}.  No request is specified`;
  if (value.compare(request) > 0) return `${head}, but request is ${request}`;
  if (limit !== undefined && value.compare(limit) > 0) return `${head}, but limit is ${limit}`;
  return undefined;
}

function maxError(bound: Bound, { requests, limits }: Stated): string | undefined {
  const { type, resource, value } = bound;
  const [request, limit] = [requests.get(resource), limits.get(resource)];
  const head = `maximum ${resource} usage per ${type} is ${value}`;
  if (limit === undefined) return `${head}.  No limit is specified`;
  if (limit.compare(value) > 0) return `${head}, but limit is ${limit}`;
  if (request !== undefined && request.compare(value) > 0) return `${head}, but request is ${request}`;
  return undefined;
}

function maxRequestError({ type, resource, value }: Bound, { requests }: Stated): string | undefined {
  const request = requests.get(resource);
  const head = `maximum ${resource} usage per ${type} is ${value}`;
  if (request === undefined) return `${head}.  No request is specified`;
  return request.compare(value) > 0 ? `${head}, but request is ${request}` : undefined;
}

function ratioError({ type, resource, value }: Bound, { requests, limits }: Stated): string | undefined {
  const [request, limit] = [requests.get(resource), limits.get(resource)];
  const head = `${resource} max limit to request ratio per ${type} is ${value}`;
  if (request === undefined || request.isZero) return `${head}, but no request is specified or request is 0`;
  if (limit === undefined || limit.isZero) return `${head}, but no limit is specified or limit is 0`;
  const ratio = limit.toFloat() / request.toFloat();
  return ratio * 1000 > value.milliValue() ? `${head}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}
