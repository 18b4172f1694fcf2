import {
  duplicateValue,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../../errors/field-error.ts';
import type { EndpointSlice } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { validateProtocol } from '../pod/port-validation.ts';
import { isIpv4, isIpv6 } from '../service/ip-format.ts';

const endpointCountMax = 1000;
const addressCountMax = 100;
const portCountMax = 20_000;
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
  return endpoints.flatMap(({ addresses = [], hostname, nodeName }, i) => {
    const at = `endpoints[${i}]`;
    const findings: FieldError[] = [];
    if (addresses.length === 0) findings.push(required(`${at}.addresses`, 'must contain at least 1 address'));
    if (addresses.length > addressCountMax) {
      findings.push(tooMany(`${at}.addresses`, addresses.length, addressCountMax));
    }
    for (const [j, address] of addresses.entries()) {
      findings.push(
        ...addressErrors(addressType, address).map((text) => invalidValue(`${at}.addresses[${j}]`, address, text)),
      );
    }
    if (hostname)
      findings.push(...dnsLabelErrors(hostname).map((text) => invalidValue(`${at}.hostname`, hostname, text)));
    if (nodeName) {
      findings.push(...dnsSubdomainErrors(nodeName).map((text) => invalidValue(`${at}.nodeName`, nodeName, text)));
    }
    return findings;
  });
}

function addressErrors(addressType: string, address: string): string[] {
  switch (addressType) {
    case 'IPv4':
      return isIpv4(address) ? [] : ['must be a valid IPv4 address'];
    case 'IPv6':
      return isIpv6(address) ? [] : ['must be a valid IPv6 address'];
    case 'FQDN':
      return dnsSubdomainErrors(address);
    default:
      return [];
  }
}

function validatePorts({ ports = [] }: EndpointSlice): FieldError[] {
  if (ports.length > portCountMax) return [tooMany('ports', ports.length, portCountMax)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol }, i) => {
    const findings: FieldError[] = [];
    if (name) findings.push(...dnsLabelErrors(name).map((text) => invalidValue(`ports[${i}].name`, name, text)));
    if (names.has(name)) findings.push(duplicateValue(`ports[${i}].name`, name));
    names.add(name);
    return [...findings, ...validateProtocol(protocol, `ports[${i}].protocol`)];
  });
}
