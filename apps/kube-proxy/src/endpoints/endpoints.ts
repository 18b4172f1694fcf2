import type { EndpointSlice } from '@orrery/api';
import { type ServicePortName, servicePortName } from '../service-ports/service-ports.ts';

/** An address that serves a port of a service. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  /** Takes new connections: ready and not on its way out. */
  readonly ready: boolean;
  /** Still answers, though it may be on its way out. */
  readonly serving: boolean;
  readonly terminating: boolean;
  /** On this node. */
  readonly local: boolean;
}

/** Endpoints of each service port, each address once, sorted by address. */
export function endpointsByPort(slices: readonly EndpointSlice[], nodeName: string): Map<ServicePortName, Endpoint[]> {
  const byPort = new Map<ServicePortName, Map<string, Endpoint>>();
  for (const slice of slices) {
    const service = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (service === undefined || slice.addressType !== 'IPv4') continue;
    for (const port of slice.ports ?? []) {
      if (port.port === undefined) continue;
      const name = servicePortName(slice.metadata.namespace ?? '', service, port.name ?? '');
      const endpoints = byPort.get(name) ?? new Map<string, Endpoint>();
      byPort.set(name, endpoints);
      for (const endpoint of slice.endpoints ?? []) {
        const { ready = true, serving = ready, terminating = false } = endpoint.conditions ?? {};
        const ip = endpoint.addresses[0];
        if (ip === undefined) continue;
        const local = endpoint.nodeName === nodeName;
        endpoints.set(`${ip}:${port.port}`, { ip, port: port.port, ready, serving, terminating, local });
      }
    }
  }
  return new Map([...byPort].map(([name, endpoints]) => [name, [...endpoints.values()].sort(byAddress)]));
}

/**
 * The endpoints that traffic goes to: the ready ones; when there are none, those that still serve while they terminate, so that a last
 * connection during a rolling update is not refused (upstream's ProxyTerminatingEndpoints).
 */
export function usableEndpoints(endpoints: readonly Endpoint[]): Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

function byAddress(a: Endpoint, b: Endpoint): number {
  const left = `${a.ip}:${a.port}`;
  const right = `${b.ip}:${b.port}`;
  return left < right ? -1 : left > right ? 1 : 0;
}
