import { type FieldError, invalidTexts, required } from '../../errors/field-error.ts';
import type { EndpointAddress, EndpointSubset, Endpoints } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validatePortNumber, validateProtocol } from '../pod/port-validation.ts';
import { validateIp, validateNonSpecialIp } from '../service/ip-validation.ts';

type Port = NonNullable<EndpointSubset['ports']>[number];

export const endpointsRules: KindRules<Endpoints> = {
  allowsCreateOnUpdate: true,
  validate: ({ metadata, subsets = [] }) => {
    // A cluster within one machine serves its API at the loopback address, and says so.
    const isApi = metadata.namespace === 'default' && metadata.name === 'kubernetes';
    const validateReach = isApi ? () => [] : validateNonSpecialIp;
    return subsets.flatMap((subset, i) => validateSubset(subset, validateReach, `subsets[${i}]`));
  },
};

type ValidateReach = (ip: string, field: string) => FieldError[];

function validateSubset(subset: EndpointSubset, validateReach: ValidateReach, path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const findings: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    findings.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
  }
  return [
    ...findings,
    ...addresses.flatMap((address, i) => validateAddress(address, validateReach, `${path}.addresses[${i}]`)),
    ...notReadyAddresses.flatMap((address, i) =>
      validateAddress(address, validateReach, `${path}.notReadyAddresses[${i}]`),
    ),
    ...ports.flatMap((port, i) => validatePort(port, ports.length > 1, `${path}.ports[${i}]`)),
  ];
}

function validateAddress(
  { ip = '', hostname, nodeName }: EndpointAddress,
  validateReach: ValidateReach,
  path: string,
): FieldError[] {
  return [
    ...validateIp(ip, `${path}.ip`),
    ...(hostname ? invalidTexts(`${path}.hostname`, hostname, dnsLabelErrors(hostname)) : []),
    ...(nodeName === undefined ? [] : invalidTexts(`${path}.nodeName`, nodeName, dnsSubdomainErrors(nodeName))),
    ...validateReach(ip, `${path}.ip`),
  ];
}

function validatePort({ name, port, protocol, appProtocol }: Port, needsName: boolean, path: string): FieldError[] {
  return [
    ...(needsName && !name ? [required(`${path}.name`)] : []),
    ...(name ? invalidTexts(`${path}.name`, name, dnsLabelErrors(name)) : []),
    ...validatePortNumber(port, `${path}.port`),
    ...validateProtocol(protocol, `${path}.protocol`),
    ...(appProtocol === undefined
      ? []
      : invalidTexts(`${path}.appProtocol`, appProtocol, qualifiedNameErrors(appProtocol))),
  ];
}
