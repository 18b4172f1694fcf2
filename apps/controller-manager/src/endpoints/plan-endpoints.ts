import type { coreV1, Draft, Endpoints, Pod, Service } from '@orrery/api';
import { endpointPorts } from '../endpoint-slice/service-endpoint.ts';
import { isPodReady, isPodTerminal } from '../pods/pod-state.ts';

const addressesMax = 1000;
const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const headlessLabel = 'service.kubernetes.io/headless';

/** The old form of a service's endpoints: addresses with the same ports together, at most 1,000. */
export function planEndpoints(service: Service, pods: readonly Pod[]): Draft<Endpoints> {
  const subsets = new Map<string, coreV1.EndpointSubset>();
  for (const pod of pods.filter((candidate) => belongs(service, candidate)).slice(0, addressesMax)) {
    const ports = endpointPorts(service, pod).map(({ name, ...port }) => ({
      ...(name && { name }),
      ...port,
    })) as coreV1.EndpointPort[];
    const id = JSON.stringify(ports);
    const subset = subsets.get(id) ?? { ports };
    const list = isReady(service, pod) ? 'addresses' : 'notReadyAddresses';
    subset[list] = [...(subset[list] ?? []), addressOf(pod)];
    subsets.set(id, subset);
  }
  const isHeadless = service.spec.clusterIP === 'None';
  const { name, namespace, labels } = service.metadata;
  return {
    metadata: {
      name,
      namespace,
      labels: { ...labels, ...(isHeadless && { [headlessLabel]: '' }), [managedByLabel]: 'endpoint-controller' },
    },
    ...(subsets.size > 0 && { subsets: [...subsets.values()] }),
  };
}

function belongs(service: Service, pod: Pod): boolean {
  if ((pod.status.podIP ?? '') === '' || isPodTerminal(pod)) return false;
  return pod.metadata.deletionTimestamp === undefined || service.spec.publishNotReadyAddresses === true;
}

function isReady(service: Service, pod: Pod): boolean {
  return service.spec.publishNotReadyAddresses === true || isPodReady(pod);
}

function addressOf(pod: Pod): coreV1.EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const { nodeName } = pod.spec;
  return {
    ip: pod.status.podIP ?? '',
    ...(nodeName && { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}
