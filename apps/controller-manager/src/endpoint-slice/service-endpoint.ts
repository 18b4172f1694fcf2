import type { discoveryV1, Endpoint, Node, Pod, Service } from '@orrery/api';
import { isPodReady, isPodTerminal } from '../pods/pod-state.ts';

export const zoneLabel = 'topology.kubernetes.io/zone';

/** A pod as an endpoint of a service, with the ports that it serves there. */
export interface ServiceEndpoint {
  readonly endpoint: Endpoint;
  readonly ports: readonly discoveryV1.EndpointPort[];
}

/** The endpoint that `pod` is for `service`; `undefined` where it has no address or has ended. */
export function serviceEndpoint(service: Service, pod: Pod, node: Node | undefined): ServiceEndpoint | undefined {
  const ip = pod.status.podIP ?? '';
  if (ip === '' || isPodTerminal(pod)) return undefined;
  const { name, namespace = '', uid } = pod.metadata;
  const nodeName = pod.spec.nodeName;
  const zone = node?.metadata.labels?.[zoneLabel];
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { hostname, subdomain } = pod.spec;
  const isNamed = hostname !== undefined && hostname !== '' && subdomain === service.metadata.name;
  return {
    endpoint: {
      addresses: [ip],
      conditions: { ready, serving, terminating },
      ...(isNamed && { hostname }),
      targetRef: { kind: 'Pod', namespace, name, uid },
      ...(nodeName && { nodeName }),
      ...(zone && { zone }),
    },
    ports: endpointPorts(service, pod),
  };
}

/** The service's ports as numbers in `pod`; ports whose name no container has are left out. */
export function endpointPorts(service: Service, pod: Pod): discoveryV1.EndpointPort[] {
  return (service.spec.ports ?? []).flatMap(({ name = '', protocol = 'TCP', port, targetPort, appProtocol }) => {
    const number = portNumber(pod, targetPort ?? port, protocol);
    if (number === undefined) return [];
    return [{ name, port: number, protocol, ...(appProtocol && { appProtocol }) }];
  });
}

function portNumber(pod: Pod, target: number | string, protocol: string): number | undefined {
  if (typeof target === 'number') return target;
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars]
    .flatMap(({ ports }) => ports ?? [])
    .find((port) => port.name === target && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}
