import { type Endpoint, type EndpointSlice, notFound, type Service, serviceUnavailable } from '@orrery/api';
import type { Random } from '@orrery/runtime';
import type { ObjectCache } from '../cache/object-cache.ts';

/** Where a TCP connection goes. */
export interface Authority {
  /** An IP address, or the DNS name of an external service. */
  readonly host: string;
  readonly port: number;
}

const serviceNameLabel = 'kubernetes.io/service-name';

/** Finds the endpoints behind Services, so that the API server need not be able to reach cluster IPs. */
export class ServiceResolver {
  constructor(
    private readonly cache: ObjectCache,
    private readonly random: Random,
  ) {}

  /** One of the ready endpoints of the Service's port. Throws `NotFound`, or `ServiceUnavailable` in upstream's words. */
  resolve(namespace: string, name: string, port: number): Authority {
    const service = this.service(namespace, name);
    // In the singular, as upstream's listers say it.
    if (service === undefined) throw notFound({ group: '', resource: 'service' }, name);
    if (service.spec.type === 'ExternalName') return { host: service.spec.externalName ?? '', port };
    const candidates = readyEndpoints(service, this.slices(namespace, name), port);
    const chosen = candidates.length > 0 ? candidates[this.random.integer(candidates.length)] : undefined;
    if (chosen === undefined) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
    return chosen;
  }

  service(namespace: string, name: string): Service | undefined {
    const found = this.cache.resource('', 'services').get(`/registry/core/services/${namespace}/${name}`);
    return found?.object as Service | undefined;
  }

  slices(namespace: string, name: string): EndpointSlice[] {
    const all = this.cache.resource('discovery.k8s.io', 'endpointslices');
    return all
      .range(`/registry/discovery.k8s.io/endpointslices/${namespace}/`)
      .map(({ object }) => object as EndpointSlice)
      .filter(({ metadata }) => metadata.labels?.[serviceNameLabel] === name);
  }
}

/** Every ready address behind the Service's port. Throws `ServiceUnavailable` where the Service has no such port. */
export function readyEndpoints(service: Service, slices: readonly EndpointSlice[], port: number): Authority[] {
  const servicePort = (service.spec.ports ?? []).find((candidate) => candidate.port === port);
  if (servicePort === undefined) {
    throw serviceUnavailable(`no service port ${port} found for service ${JSON.stringify(service.metadata.name)}`);
  }
  return slices.flatMap(({ endpoints = [], ports = [] }) => {
    const number = ports.find(({ name = '' }) => name === (servicePort.name ?? ''))?.port;
    if (number === undefined) return [];
    return endpoints.filter(isReady).flatMap(({ addresses }) => addresses.map((host) => ({ host, port: number })));
  });
}

export function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false;
}
