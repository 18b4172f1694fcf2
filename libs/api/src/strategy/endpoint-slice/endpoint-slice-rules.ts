import {
  duplicateValue,
  type FieldError,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../../errors/field-error.ts';
import type { Endpoint } from '../../generated/discovery-v1.ts';
import type { EndpointSlice } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '../../selectors/label-format.ts';
import { validateFullyQualifiedDomainName } from '../domain-name/domain-name-validation.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable, validateLabels } from '../object-meta/object-meta-validation.ts';
import { validateProtocol } from '../pod/port-validation.ts';
import { isIpv4, isIpv6 } from '../service/ip-format.ts';
import { validateNonSpecialIp } from '../service/ip-validation.ts';

const endpointCountMax = 1000;
const addressCountMax = 100;
const portCountMax = 20_000;
const topologySizeMax = 16;
const zoneHintCountMax = 8;
const nodeHintCountMax = 8;
const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

export const endpointSliceRules: KindRules<EndpointSlice> = {
  prepareForCreate: ({ metadata }) => {
    metadata.generation = 1;
  },
  /** The slice has no spec: any change of it but to its metadata counts. */
  prepareForUpdate: (slice, old) => {
    const withoutMeta = ({ metadata: _, ...rest }: EndpointSlice) => rest;
    const changed =
      !deepEqual(withoutMeta(slice), withoutMeta(old)) || !deepEqual(slice.metadata.labels, old.metadata.labels);
    if (changed) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (slice) => [...validateAddressType(slice), ...validateEndpoints(slice), ...validatePorts(slice)],
  validateUpdate: (slice, old) => validateImmutable(slice.addressType, old.addressType, 'addressType'),
};

function validateAddressType({ addressType }: EndpointSlice): FieldError[] {
  if (!addressType) return [required('addressType')];
  return addressTypes.includes(addressType) ? [] : [notSupported('addressType', addressType, addressTypes)];
}

function validateEndpoints({ addressType, endpoints = [] }: EndpointSlice): FieldError[] {
  if (endpoints.length > endpointCountMax) return [tooMany('endpoints', endpoints.length, endpointCountMax)];
  return endpoints.flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`));
}

function validateEndpoint(endpoint: Endpoint, addressType: string, at: string): FieldError[] {
  const { addresses = [], hostname, nodeName, deprecatedTopology = {}, hints } = endpoint;
  const topologySize = Object.keys(deprecatedTopology).length;
  return [
    ...(addresses.length === 0 ? [required(`${at}.addresses`, 'must contain at least 1 address')] : []),
    ...(addresses.length > addressCountMax ? [tooMany(`${at}.addresses`, addresses.length, addressCountMax)] : []),
    ...addresses.flatMap((address, i) => validateAddress(addressType, address, `${at}.addresses[${i}]`)),
    ...(nodeName === undefined ? [] : invalidTexts(`${at}.nodeName`, nodeName, dnsSubdomainErrors(nodeName))),
    ...(topologySize > topologySizeMax ? [tooMany(`${at}.deprecatedTopology`, topologySize, topologySizeMax)] : []),
    ...validateLabels(deprecatedTopology, `${at}.deprecatedTopology`),
    ...(hostname === undefined ? [] : invalidTexts(`${at}.hostname`, hostname, dnsLabelErrors(hostname))),
    ...validateHints(
      (hints?.forZones ?? []).map(({ name }) => name),
      zoneHintCountMax,
      `${at}.hints.forZones`,
    ),
    ...validateHints(
      (hints?.forNodes ?? []).map(({ name }) => name),
      nodeHintCountMax,
      `${at}.hints.forNodes`,
    ),
  ];
}

function validateAddress(addressType: string, address: string, field: string): FieldError[] {
  switch (addressType) {
    case 'IPv4':
      return isIpv4(address)
        ? validateNonSpecialIp(address, field)
        : [invalidValue(field, address, 'must be a valid IPv4 address'), ...validateNonSpecialIp(address, field)];
    case 'IPv6':
      return isIpv6(address)
        ? validateNonSpecialIp(address, field)
        : [invalidValue(field, address, 'must be a valid IPv6 address'), ...validateNonSpecialIp(address, field)];
    case 'FQDN':
      return validateFullyQualifiedDomainName(address, field);
    default:
      return [];
  }
}

function validateHints(names: readonly string[], countMax: number, path: string): FieldError[] {
  if (names.length > countMax) return [tooMany(path, names.length, countMax)];
  return names.flatMap((name, i) => [
    ...(names.indexOf(name) < i ? [duplicateValue(`${path}[${i}].name`, name)] : []),
    ...invalidTexts(`${path}[${i}].name`, name, labelValueErrors(name)),
  ]);
}

function validatePorts({ ports }: EndpointSlice): FieldError[] {
  const list = ports ?? [];
  if (list.length > portCountMax) return [tooMany('ports', list.length, portCountMax)];
  const names = new Set<string>();
  return list.flatMap(({ name = '', protocol, appProtocol }, i) => {
    const findings: FieldError[] = [];
    if (name) findings.push(...invalidTexts(`ports[${i}].name`, name, dnsLabelErrors(name)));
    if (names.has(name)) findings.push(duplicateValue(`ports[${i}].name`, name));
    names.add(name);
    findings.push(...validateProtocol(protocol, `ports[${i}].protocol`));
    if (appProtocol === undefined) return findings;
    return [...findings, ...invalidTexts(`ports[${i}].appProtocol`, appProtocol, qualifiedNameErrors(appProtocol))];
  });
}
