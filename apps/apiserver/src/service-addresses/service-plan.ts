import { needsClusterIp, needsHealthCheckPort, type Service } from '@orrery/api';

/** The addresses that a Service holds. */
export interface HeldAddresses {
  readonly ips: readonly string[];
  readonly ports: readonly number[];
}

export function heldBy({ spec }: Service): HeldAddresses {
  const { clusterIP = '', clusterIPs = [], ports = [], healthCheckNodePort = 0 } = spec;
  const ips = needsClusterIp(spec) ? new Set([clusterIP, ...clusterIPs].filter(isAddress)) : [];
  const nodePorts = new Set([...ports.map(({ nodePort = 0 }) => nodePort), healthCheckNodePort]);
  nodePorts.delete(0);
  return { ips: [...ips], ports: [...nodePorts] };
}

/** Does this Service get a port of the nodes for each of its own, without asking for a certain one? */
export function wantsNodePorts({ spec: { type, allocateLoadBalancerNodePorts = true } }: Service): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts);
}

export function wantsHealthCheckPort({ spec }: Service): boolean {
  return needsHealthCheckPort(spec);
}

function isAddress(ip: string): boolean {
  return ip !== '' && ip !== 'None';
}
