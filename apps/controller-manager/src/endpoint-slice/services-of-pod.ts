import { keyOf, labelSetMatcher, type ObjectKey, type Pod, Service } from '@orrery/api';
import type { Informers } from '@orrery/client';

/** The service has endpoints of ours: it selects pods, and is no alias of another name. */
export function hasEndpoints({ spec }: Service): boolean {
  return spec.type !== 'ExternalName' && Object.keys(spec.selector ?? {}).length > 0;
}

/** Keys of the services that select a pod. */
export function servicesOfPod(pod: Pod, informers: Informers): ObjectKey[] {
  return informers
    .for(Service)
    .lister.list(pod.metadata.namespace)
    .filter((service) => hasEndpoints(service) && labelSetMatcher(service.spec.selector).matches(pod.metadata.labels))
    .map(keyOf);
}

/** Pods in the service's namespace that it selects, by name. */
export function podsOfService(service: Service, pods: readonly Pod[]): Pod[] {
  const matcher = labelSetMatcher(service.spec.selector);
  return pods
    .filter(({ metadata }) => matcher.matches(metadata.labels))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}
