import type { Service, ServicePort as ServicePortSpec } from '@orrery/api';

/** `namespace/name:port`, without the colon for an unnamed port: upstream's name for one port of one service. */
export type ServicePortName = string;

/** One port of a service that has a cluster IP, with what its rules depend on. */
export interface ServicePort {
  readonly name: ServicePortName;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
  readonly clusterIp: string;
  /** 0: none. */
  readonly nodePort: number;
  /** External and load balancer addresses. */
  readonly externalIps: readonly string[];
  /** Seconds that a client stays with an endpoint; 0: no affinity. */
  readonly affinitySeconds: number;
  /** Traffic from inside, and from outside, reaches only endpoints on this node. */
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
}

/** The name of a service's port. */
export function servicePortName(namespace: string, service: string, port: string): ServicePortName {
  return port === '' ? `${namespace}/${service}` : `${namespace}/${service}:${port}`;
}

/** Ports of all services with an IPv4 cluster IP, sorted by name. Headless and external-name services need no rules. */
export function servicePorts(services: readonly Service[]): ServicePort[] {
  return services.flatMap(portsOf).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function portsOf(service: Service): ServicePort[] {
  const { spec, status, metadata } = service;
  const clusterIp = spec.clusterIP ?? '';
  if (spec.type === 'ExternalName' || clusterIp === '' || clusterIp === 'None' || clusterIp.includes(':')) return [];
  if (metadata.labels?.['service.kubernetes.io/service-proxy-name'] !== undefined) return [];
  const ingress = (status.loadBalancer?.ingress ?? [])
    .filter((entry) => entry.ipMode !== 'Proxy')
    .map((entry) => entry.ip ?? '');
  const externalIps = [...(spec.externalIPs ?? []), ...ingress].filter((ip) => ip !== '' && !ip.includes(':'));
  return (spec.ports ?? []).map((port) => ({
    name: servicePortName(metadata.namespace ?? '', metadata.name, port.name ?? ''),
    protocol: protocolOf(port),
    port: port.port,
    clusterIp,
    nodePort: port.nodePort ?? 0,
    externalIps,
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0,
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: spec.externalTrafficPolicy === 'Local',
  }));
}

function protocolOf(port: ServicePortSpec): ServicePort['protocol'] {
  if (port.protocol === 'UDP') return 'udp';
  return port.protocol === 'SCTP' ? 'sctp' : 'tcp';
}
