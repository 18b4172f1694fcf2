import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { Service } from '../../generated/kinds.ts';
import { dnsSubdomainErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { isIp } from './ip-format.ts';
import { validateCidr, validateIp } from './ip-validation.ts';

const sourceRangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const onlyLoadBalancerText = "may only be used when `type` is 'LoadBalancer'";
const ipModes = ['Proxy', 'VIP'];

/** The fields that only a load balancer has. */
export function validateLoadBalancer(service: Service): FieldError[] {
  const { spec } = service;
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const { allocateLoadBalancerNodePorts: allocates, loadBalancerClass } = spec;
  const findings = validateSourceRanges(service);
  if (allocates !== undefined && !isLoadBalancer) {
    findings.push(forbiddenField('spec.allocateLoadBalancerNodePorts', onlyLoadBalancerText));
  }
  if (allocates === undefined && isLoadBalancer) findings.push(required('allocateLoadBalancerNodePorts'));
  if (loadBalancerClass === undefined) return findings;
  const field = 'spec.loadBalancerClass';
  if (!isLoadBalancer) return [...findings, forbiddenField(field, onlyLoadBalancerText)];
  return [...findings, ...invalidTexts(field, loadBalancerClass, qualifiedNameErrors(loadBalancerClass))];
}

/** Where clients may come from; upstream's older way to say it is an annotation. */
function validateSourceRanges({ metadata, spec }: Service): FieldError[] {
  const { loadBalancerSourceRanges: ranges = [] } = spec;
  const annotation = metadata.annotations?.[sourceRangesAnnotation];
  const isField = ranges.length > 0;
  if (!isField && annotation === undefined) return [];
  const field = isField ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${sourceRangesAnnotation}]`;
  const findings = spec.type === 'LoadBalancer' ? [] : [forbiddenField(field, onlyLoadBalancerText)];
  const texts = isField ? ranges : (annotation?.trim() ?? '').split(',').filter((text) => text !== '');
  // For the annotation's sake, blanks around a range are put up with.
  return [...findings, ...texts.flatMap((text, i) => validateCidr(text.trim(), isField ? `${field}[${i}]` : field))];
}

/** What a load balancer reports of itself. */
export function validateServiceStatus({ spec, status }: Service): FieldError[] {
  const { ingress = [] } = status?.loadBalancer ?? {};
  const path = 'status.loadBalancer.ingress';
  if (spec.type !== 'LoadBalancer') {
    return ingress.length > 0 ? [forbiddenField(path, "may only be used when `spec.type` is 'LoadBalancer'")] : [];
  }
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => [
    ...(ip ? validateIp(ip, `${path}[${i}].ip`) : []),
    ...validateIpMode(ip, ipMode, `${path}[${i}].ipMode`),
    ...(hostname ? validateHostname(hostname, `${path}[${i}].hostname`) : []),
  ]);
}

function validateIpMode(ip: string | undefined, mode: string | undefined, field: string): FieldError[] {
  if (mode === undefined) return ip ? [required(field, 'must be specified when `ip` is set')] : [];
  if (!ip) return [forbiddenField(field, 'may not be specified when `ip` is not set')];
  return ipModes.includes(mode) ? [] : [notSupported(field, mode, ipModes)];
}

function validateHostname(hostname: string, field: string): FieldError[] {
  const findings = invalidTexts(field, hostname, dnsSubdomainErrors(hostname));
  if (isIp(hostname)) findings.push(invalidValue(field, hostname, 'must be a DNS name, not an IP address'));
  return findings;
}
