import type { Container, Pod } from '@orrery/api';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** The pod's quality of service, from cpu and memory of all its containers. */
export function qosClass(pod: Pod): QosClass {
  const containers: Container[] = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const isSet = (quantity: string | undefined) => quantity !== undefined && quantity !== '0';
  const resources = ['cpu', 'memory'] as const;
  const anything = containers.some(({ resources: r }) =>
    resources.some((name) => isSet(r?.requests?.[name]) || isSet(r?.limits?.[name])),
  );
  if (!anything) return 'BestEffort';
  const guaranteed = containers.every(({ resources: r }) =>
    resources.every((name) => {
      const limit = r?.limits?.[name];
      return isSet(limit) && (r?.requests?.[name] ?? limit) === limit;
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
