import type { Draft, discoveryV1, Endpoint, EndpointSlice, Service } from '@orrery/api';
import { controllerReference } from '@orrery/client';
import { sameJson } from '../conditions/same-json.ts';
import type { ServiceEndpoint } from './service-endpoint.ts';

export const endpointsMax = 100;
export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
export const headlessLabel = 'service.kubernetes.io/headless';

/** Writes that bring the slices of a service in line with its endpoints; empty where they are. */
export interface EndpointSlicePlan {
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/**
 * Keeps endpoints in the slice where they are, fills free places, and only then makes new slices: a change of one pod changes one slice.
 * Endpoints with other port numbers live in other slices. A service without endpoints keeps one empty slice.
 */
export function planEndpointSlices(
  service: Service,
  endpoints: readonly ServiceEndpoint[],
  existing: readonly EndpointSlice[],
): EndpointSlicePlan {
  const current = existing.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const groups = groupByPorts(endpoints);
  const contents = new Map<EndpointSlice, Endpoint[]>();
  const create: Draft<EndpointSlice>[] = [];
  for (const [id, { ports, members }] of groups) {
    const slices = current.filter((slice) => portsId(slice.ports ?? []) === id);
    const rest = fillSlices(slices, members, contents);
    for (let at = 0; at < rest.length; at += endpointsMax) {
      create.push(newSlice(service, ports, rest.slice(at, at + endpointsMax)));
    }
  }
  return settle(service, current, contents, create);
}

/** Removes what nobody uses, keeps one empty slice where nothing else is left. */
function settle(
  service: Service,
  current: readonly EndpointSlice[],
  contents: ReadonlyMap<EndpointSlice, Endpoint[]>,
  create: readonly Draft<EndpointSlice>[],
): EndpointSlicePlan {
  const used = current.filter((slice) => (contents.get(slice)?.length ?? 0) > 0);
  const isEmpty = used.length === 0 && create.length === 0;
  const placeholder = isEmpty ? (current.find(({ ports }) => (ports ?? []).length === 0) ?? current[0]) : undefined;
  const kept = placeholder === undefined ? used : [placeholder];
  const update = kept
    .map((slice) => updated(service, slice, contents.get(slice) ?? [], slice === placeholder))
    .filter((slice, index) => !sameJson(slice, kept[index]));
  return {
    create: isEmpty && placeholder === undefined ? [newSlice(service, [], [])] : create,
    update,
    remove: current.filter((slice) => !kept.includes(slice)),
  };
}

function updated(service: Service, slice: EndpointSlice, endpoints: Endpoint[], isPlaceholder: boolean): EndpointSlice {
  return {
    ...slice,
    metadata: { ...slice.metadata, labels: sliceLabels(service) },
    endpoints,
    ports: isPlaceholder ? [] : slice.ports,
  };
}

/** Fills `contents`; returns the endpoints that found no place. */
function fillSlices(
  slices: readonly EndpointSlice[],
  members: ReadonlyMap<string, Endpoint>,
  contents: Map<EndpointSlice, Endpoint[]>,
): Endpoint[] {
  const missing = new Map(members);
  for (const slice of slices) {
    const kept = (slice.endpoints ?? []).flatMap((endpoint) => {
      const id = endpointId(endpoint);
      const wanted = missing.get(id);
      missing.delete(id);
      return wanted === undefined ? [] : [wanted];
    });
    contents.set(slice, kept);
  }
  const rest = [...missing.values()];
  for (const slice of slices) {
    const content = contents.get(slice) ?? [];
    content.push(...rest.splice(0, Math.max(0, endpointsMax - content.length)));
  }
  return rest;
}

interface PortGroup {
  readonly ports: readonly discoveryV1.EndpointPort[];
  readonly members: Map<string, Endpoint>;
}

function groupByPorts(endpoints: readonly ServiceEndpoint[]): Map<string, PortGroup> {
  const groups = new Map<string, PortGroup>();
  for (const { endpoint, ports } of endpoints) {
    const id = portsId(ports);
    const group = groups.get(id) ?? { ports, members: new Map<string, Endpoint>() };
    group.members.set(endpointId(endpoint), endpoint);
    groups.set(id, group);
  }
  return groups;
}

function portsId(ports: readonly discoveryV1.EndpointPort[]): string {
  return ports
    .map(({ name, port, protocol, appProtocol }) => [name ?? '', port, protocol, appProtocol ?? ''].join('/'))
    .sort()
    .join(',');
}

function endpointId({ targetRef, addresses }: Endpoint): string {
  return `${targetRef?.uid ?? ''}/${addresses.join(',')}`;
}

function newSlice(
  service: Service,
  ports: readonly discoveryV1.EndpointPort[],
  endpoints: Endpoint[],
): Draft<EndpointSlice> {
  return {
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels: sliceLabels(service),
      ownerReferences: [controllerReference(service)],
    },
    addressType: addressType(service),
    endpoints,
    ports: [...ports],
  };
}

function addressType({ spec }: Service): string {
  return spec.ipFamilies?.[0] ?? 'IPv4';
}

function sliceLabels(service: Service): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = service.metadata.labels ?? {};
  const isHeadless = service.spec.clusterIP === 'None';
  return {
    ...labels,
    ...(isHeadless && { [headlessLabel]: '' }),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: managedBy,
  };
}
