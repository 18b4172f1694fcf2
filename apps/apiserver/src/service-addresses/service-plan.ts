import type { Service, ServicePort } from '@orrery/api';

/** The addresses that a Service holds. */
export interface HeldAddresses {
  readonly ips: readonly string[];
  readonly ports: readonly number[];
}

export function heldBy(service: Service): HeldAddresses {
  const { clusterIP = '', clusterIPs = [], ports = [] } = service.spec;
  const ips = hasClusterIp(service) ? new Set([clusterIP, ...clusterIPs].filter(isAddress)) : [];
  const nodePorts = new Set(ports.map(({ nodePort = 0 }) => nodePort).filter((port) => port !== 0));
  return { ips: [...ips], ports: [...nodePorts] };
}

/** Does this type of Service have an IP of its own? */
export function hasClusterIp(service: Service): boolean {
  return service.spec.type !== 'ExternalName';
}

export function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None';
}

export function hasNodePorts(service: Service): boolean {
  const { type, allocateLoadBalancerNodePorts = true } = service.spec;
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts);
}

function isAddress(ip: string): boolean {
  return ip !== '' && ip !== 'None';
}

/** An update that leaves allocated values out keeps them, as long as they still mean something. Changes `service`. */
export function keepAllocated(service: Service, old: Service): void {
  const { spec } = service;
  if (hasClusterIp(service) && hasClusterIp(old)) {
    if (!spec.clusterIP && !spec.clusterIPs?.length) {
      spec.clusterIP = old.spec.clusterIP;
      spec.clusterIPs = old.spec.clusterIPs;
    }
  } else if (!hasClusterIp(service) && spec.clusterIP === old.spec.clusterIP) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (hasNodePorts(service) && hasNodePorts(old)) keepNodePorts(spec.ports ?? [], old.spec.ports ?? []);
  if (!hasNodePorts(service) && hasNodePorts(old)) dropNodePorts(spec.ports ?? [], old.spec.ports ?? []);
}

function keepNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): void {
  const taken = new Set(ports.map((port) => port.nodePort));
  for (const port of ports) {
    if (port.nodePort) continue;
    const same = old.find(
      (other) => other.port === port.port && (other.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (same?.nodePort && !taken.has(same.nodePort)) port.nodePort = same.nodePort;
  }
}

/** Ports that a change of type takes away, unless the client has just set them. */
function dropNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): void {
  const held = new Set(old.map((port) => port.nodePort));
  for (const port of ports) if (held.has(port.nodePort)) delete port.nodePort;
}

/** `spec.clusterIP` and `spec.clusterIPs` say the same. Changes `service`. */
export function alignClusterIps(service: Service): void {
  const { spec } = service;
  if (!hasClusterIp(service)) return;
  if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
}
