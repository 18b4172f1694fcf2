import type { Container, LimitRange, Pod } from '@orrery/api';

const annotation = 'kubernetes.io/limit-ranger';

type List = Readonly<Record<string, string>>;

/** Fills in what containers do not state, and says so in an annotation. */
export function setDefaultResources(pod: Pod, { spec }: LimitRange): void {
  const items = spec.limits.filter(({ type }) => type === 'Container');
  const requests: List = Object.assign({}, ...items.map(({ defaultRequest }) => defaultRequest));
  const limits: List = Object.assign({}, ...items.map((item) => item.default));
  const notes = [
    ...(pod.spec.containers ?? []).flatMap((container) => fillIn('container', container, requests, limits)),
    ...(pod.spec.initContainers ?? []).flatMap((container) => fillIn('init container', container, requests, limits)),
  ];
  if (notes.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join('; ')}`,
  };
}

function fillIn(kind: string, container: Container, requests: List, limits: List): string[] {
  const stated = container.resources ?? {};
  const missing = { requests: without(requests, stated.requests), limits: without(limits, stated.limits) };
  const set = { requests: Object.keys(missing.requests).sort(), limits: Object.keys(missing.limits).sort() };
  if (set.requests.length > 0) stated.requests = { ...stated.requests, ...missing.requests };
  if (set.limits.length > 0) stated.limits = { ...stated.limits, ...missing.limits };
  if (set.requests.length + set.limits.length > 0) container.resources = stated;
  return [
    ...(set.requests.length > 0 ? [`${set.requests.join(', ')} request for ${kind} ${container.name}`] : []),
    ...(set.limits.length > 0 ? [`${set.limits.join(', ')} limit for ${kind} ${container.name}`] : []),
  ];
}

function without(list: List, stated: List = {}): List {
  return Object.fromEntries(Object.entries(list).filter(([name]) => !(name in stated)));
}
