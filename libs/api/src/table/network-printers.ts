import { described } from '../generated/column-descriptions.ts';
import type {
  APIService,
  EndpointSlice,
  Endpoints,
  Ingress,
  IngressClass,
  IPAddress,
  NetworkPolicy,
  Service,
  ServiceCIDR,
} from '../generated/kinds.ts';
import { ageColumn, columnPrinter, joinFirst, nameColumn, textColumn, wide } from './printer.ts';
import { labelsText, selectorText } from './selector-text.ts';

const shownMax = 3;
const none = '<none>';

export const servicePrinter = columnPrinter<Service>(
  nameColumn,
  textColumn('Type', described['api.core.v1.ServiceSpec.type'], ({ spec }) => spec.type),
  textColumn(
    'Cluster-IP',
    described['api.core.v1.ServiceSpec.clusterIP'],
    ({ spec }) => spec.clusterIPs?.[0] ?? spec.clusterIP,
    none,
  ),
  textColumn('External-IP', described['api.core.v1.ServiceSpec.externalIPs'], externalAddresses),
  textColumn('Port(s)', described['api.core.v1.ServiceSpec.ports'], portsOf, none),
  ageColumn,
  wide(textColumn('Selector', described['api.core.v1.ServiceSpec.selector'], ({ spec }) => labelsText(spec.selector))),
);

export const endpointsPrinter = columnPrinter<Endpoints>(
  nameColumn,
  textColumn('Endpoints', described['api.core.v1.Endpoints.subsets'], ({ subsets = [] }) =>
    joinFirst(subsets.flatMap(subsetAddresses), shownMax, none),
  ),
  ageColumn,
);

export const endpointSlicePrinter = columnPrinter<EndpointSlice>(
  nameColumn,
  textColumn('AddressType', described['api.discovery.v1.EndpointSlice.addressType'], ({ addressType }) => addressType),
  textColumn('Ports', described['api.discovery.v1.EndpointSlice.ports'], ({ ports }) =>
    joinFirst(
      (ports ?? []).map(({ port, name }) => `${port ?? name ?? '*'}`),
      shownMax,
      '<unset>',
    ),
  ),
  textColumn('Endpoints', described['api.discovery.v1.EndpointSlice.endpoints'], ({ endpoints }) =>
    joinFirst(
      (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
      shownMax,
      '<unset>',
    ),
  ),
  ageColumn,
);

export const ingressPrinter = columnPrinter<Ingress>(
  nameColumn,
  textColumn(
    'Class',
    'The name of the IngressClass resource that should be used for additional configuration',
    ({ spec }) => spec.ingressClassName,
    none,
  ),
  textColumn('Hosts', 'Hosts that incoming requests are matched against before the ingress rule', hostsOf),
  textColumn('Address', 'Address is a list containing ingress points for the load-balancer', ({ status }) =>
    ingressPoints(status.loadBalancer?.ingress).join(','),
  ),
  textColumn('Ports', 'Ports of TLS configurations that open', ({ spec }) => (spec.tls?.length ? '80, 443' : '80')),
  ageColumn,
);

export const ingressClassPrinter = columnPrinter<IngressClass>(
  nameColumn,
  textColumn('Controller', 'Controller that is responsible for handling this class', ({ spec }) => spec.controller),
  textColumn(
    'Parameters',
    'A reference to a resource with additional parameters',
    ({ spec: { parameters } }) =>
      parameters && `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`,
    none,
  ),
  ageColumn,
);

export const networkPolicyPrinter = columnPrinter<NetworkPolicy>(
  nameColumn,
  textColumn('Pod-Selector', described['api.networking.v1.NetworkPolicySpec.podSelector'], ({ spec }) =>
    selectorText(spec.podSelector),
  ),
  ageColumn,
);

export const serviceCidrPrinter = columnPrinter<ServiceCIDR>(
  nameColumn,
  textColumn('CIDRs', described['api.networking.v1.ServiceCIDRSpec.cidrs'], ({ spec }) => spec.cidrs?.join(',')),
  ageColumn,
);

export const ipAddressPrinter = columnPrinter<IPAddress>(
  nameColumn,
  textColumn('ParentRef', described['api.networking.v1.IPAddressSpec.parentRef'], parentOf, none),
);

export const apiServicePrinter = columnPrinter<APIService>(
  nameColumn,
  textColumn('Service', 'The reference to the service that hosts this API endpoint.', ({ spec }) =>
    spec.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
  ),
  textColumn('Available', 'Whether this service is available.', ({ status }) => {
    const available = status.conditions?.find(({ type }) => type === 'Available');
    if (!available) return 'Unknown';
    return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`;
  }),
  ageColumn,
);

function externalAddresses({ spec, status }: Service): string {
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || none;
    case 'LoadBalancer':
      return [...ingressPoints(status.loadBalancer?.ingress), ...external].join(',') || '<pending>';
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function portsOf({ spec }: Service): string {
  const texts = (spec.ports ?? []).map(
    ({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? ''}`,
  );
  return texts.join(',');
}

function ingressPoints(points: readonly { ip?: string; hostname?: string }[] | undefined): string[] {
  const addresses = (points ?? []).map(({ ip, hostname }) => ip || hostname || '').filter((address) => address !== '');
  return [...new Set(addresses)].sort();
}

function subsetAddresses({ addresses = [], ports = [] }: NonNullable<Endpoints['subsets']>[number]): string[] {
  if (ports.length === 0) return addresses.map(({ ip }) => ip);
  return ports.flatMap(({ port }) =>
    addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)),
  );
}

function hostsOf({ spec: { rules = [] } }: Ingress): string {
  const hosts = rules.filter(({ host }) => host).map(({ host }) => host ?? '');
  if (hosts.length === 0) return '*';
  const shown = hosts.slice(0, shownMax).join(',');
  return hosts.length >= shownMax && rules.length > shownMax ? `${shown} + ${rules.length - shownMax} more...` : shown;
}

function parentOf({ spec: { parentRef } }: IPAddress): string | undefined {
  if (!parentRef) return undefined;
  const { group, resource, namespace, name } = parentRef;
  const kind = `${resource}${group ? `.${group}` : ''}`.toLowerCase();
  return namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;
}
