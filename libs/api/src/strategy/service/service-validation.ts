import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { Service, ServicePort, ServiceSpec } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateChoice, validateGivenChoice } from '../choice-validation.ts';
import { validateLabels } from '../object-meta/object-meta-validation.ts';
import { validatePortNumber, validatePortReference, validateProtocol } from '../pod/port-validation.ts';
import { validateClusterIps } from './cluster-ips-validation.ts';
import { validateIp, validateNonSpecialIp } from './ip-validation.ts';
import { validateLoadBalancer } from './load-balancer-validation.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheckPort } from './service-needs.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const affinities = ['ClientIP', 'None'];
const trafficPolicies = ['Cluster', 'Local'];
const trafficDistributions = ['PreferClose', 'PreferSameNode', 'PreferSameZone'];
const affinitySecondsMax = 86_400;
const topologyModeAnnotation = 'service.kubernetes.io/topology-mode';
export const topologyHintsAnnotation = 'service.kubernetes.io/topology-aware-hints';

export function validateService(service: Service): FieldError[] {
  const { spec } = service;
  const hasPorts = (spec.ports?.length ?? 0) > 0;
  return [
    ...validateTopologyAnnotations(service),
    ...(hasPorts || isHeadless(spec) || spec.type === 'ExternalName' ? [] : [required('spec.ports')]),
    ...validateType(spec),
    ...validatePortList(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAffinity(spec),
    ...validateClusterIps(spec),
    ...validateExternalIps(spec.externalIPs ?? []),
    ...validateChoice(spec.type, types, 'spec.type'),
    ...validatePortConflicts(spec),
    ...validateLoadBalancer(service),
    ...validateTrafficPolicies(spec),
  ];
}

function validateTopologyAnnotations({ metadata: { annotations = {} } }: Service): FieldError[] {
  const mode = annotations[topologyModeAnnotation];
  const hints = annotations[topologyHintsAnnotation];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const text = `must match annotations[${topologyHintsAnnotation}] when both are specified`;
  return [invalidValue(`metadata.annotations[${topologyModeAnnotation}]`, mode, text)];
}

function validateType(spec: ServiceSpec): FieldError[] {
  const { type } = spec;
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)) {
    return [invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)];
  }
  if (type !== 'ExternalName') return [];
  const text = 'may not be set for ExternalName services';
  const findings: FieldError[] = [];
  if (spec.clusterIP || spec.clusterIPs?.length) findings.push(forbiddenField('spec.clusterIPs', text));
  if (spec.ipFamilies?.length) findings.push(forbiddenField('spec.ipFamilies', text));
  if (spec.ipFamilyPolicy !== undefined) findings.push(forbiddenField('spec.ipFamilyPolicy', text));
  const name = spec.externalName?.replace(/\.$/, '') ?? '';
  if (name === '') return [...findings, required('spec.externalName')];
  return [...findings, ...invalidTexts('spec.externalName', name, dnsSubdomainErrors(name))];
}

function validatePortList({ ports = [] }: ServiceSpec): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const findings = validatePort(port, ports.length > 1, at);
    if (port.name && names.has(port.name)) findings.push(duplicateValue(`${at}.name`, port.name));
    names.add(port.name ?? '');
    return findings;
  });
}

function validatePort(port: ServicePort, needsName: boolean, path: string): FieldError[] {
  const { name, appProtocol } = port;
  return [
    ...(needsName && !name ? [required(`${path}.name`)] : []),
    ...(name ? invalidTexts(`${path}.name`, name, dnsLabelErrors(name)) : []),
    ...validatePortNumber(port.port, `${path}.port`),
    ...validateProtocol(port.protocol, `${path}.protocol`),
    ...validatePortReference(port.targetPort, `${path}.targetPort`),
    ...(appProtocol === undefined
      ? []
      : invalidTexts(`${path}.appProtocol`, appProtocol, qualifiedNameErrors(appProtocol))),
  ];
}

/** Each port, and each port of the nodes, is there once for each protocol. */
function validatePortConflicts({ type, ports = [] }: ServiceSpec): FieldError[] {
  const findings: FieldError[] = [];
  const opened = [...ports.entries()].filter(([, { nodePort }]) => nodePort);
  if (type === 'ClusterIP') {
    const text = "may not be used when `type` is 'ClusterIP'";
    findings.push(...opened.map(([i]) => forbiddenField(`spec.ports[${i}].nodePort`, text)));
  }
  const nodePorts = new Set<string>();
  for (const [i, { protocol, nodePort }] of opened) {
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) findings.push(duplicateValue(`spec.ports[${i}].nodePort`, nodePort));
    nodePorts.add(key);
  }
  const taken = new Set<string>();
  for (const [i, { protocol, port }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    if (taken.has(key)) findings.push(duplicateValue(`spec.ports[${i}]`, { protocol, port }));
    taken.add(key);
  }
  return findings;
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec): FieldError[] {
  const findings = validateChoice(sessionAffinity, affinities, 'spec.sessionAffinity');
  const field = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && config) {
    return [...findings, forbiddenField(field, 'must not be set when session affinity is None')];
  }
  if (sessionAffinity !== 'ClientIP') return findings;
  const text = 'when session affinity type is ClientIP';
  if (!config) return [...findings, required(field, text)];
  if (!config.clientIP) return [...findings, required(`${field}.clientIP`, text)];
  const seconds = config.clientIP.timeoutSeconds;
  if (seconds === undefined) return [...findings, required(`${field}.clientIP.timeoutSeconds`, text)];
  if (seconds > 0 && seconds <= affinitySecondsMax) return findings;
  const range = `must be greater than 0 and less than ${affinitySecondsMax}`;
  return [...findings, invalidValue(`${field}.clientIP.timeoutSeconds`, seconds, range)];
}

function validateExternalIps(ips: readonly string[]): FieldError[] {
  return ips.flatMap((ip, i) => {
    const findings = validateIp(ip, `spec.externalIPs[${i}]`);
    return findings.length > 0 ? findings : validateNonSpecialIp(ip, `spec.externalIPs[${i}]`);
  });
}

function validateTrafficPolicies(spec: ServiceSpec): FieldError[] {
  const { type = '', internalTrafficPolicy: internal, trafficDistribution: distribution } = spec;
  const needsInternal = type === 'ClusterIP' || type === 'NodePort' || type === 'LoadBalancer';
  return [
    ...validateExternalTraffic(spec),
    ...validateHealthCheckPort(spec),
    ...(internal === undefined && needsInternal ? [required('spec.internalTrafficPolicy')] : []),
    ...validateGivenChoice(internal, trafficPolicies, 'spec.internalTrafficPolicy'),
    ...(distribution !== undefined && !trafficDistributions.includes(distribution)
      ? [notSupported('spec.trafficDistribution', distribution, trafficDistributions)]
      : []),
  ];
}

function validateExternalTraffic(spec: ServiceSpec): FieldError[] {
  const field = 'spec.externalTrafficPolicy';
  const { externalTrafficPolicy: policy } = spec;
  if (isExternallyAccessible(spec)) return validateChoice(policy, trafficPolicies, field);
  return policy ? [invalidValue(field, policy, 'may only be set for externally-accessible services')] : [];
}

function validateHealthCheckPort(spec: ServiceSpec): FieldError[] {
  const field = 'spec.healthCheckNodePort';
  const { healthCheckNodePort: port } = spec;
  if (needsHealthCheckPort(spec)) return port ? validatePortNumber(port, field) : [required(field)];
  const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return port ? [invalidValue(field, port, text)] : [];
}
