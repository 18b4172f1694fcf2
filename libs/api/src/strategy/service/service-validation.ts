import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { Service, ServicePort, ServiceSpec } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateLabels } from '../object-meta/object-meta-validation.ts';
import { validatePortNumber, validatePortReference, validateProtocol } from '../pod/port-validation.ts';
import { isIp } from './ip-format.ts';

const ipText = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const affinities = ['ClientIP', 'None'];
const trafficPolicies = ['Cluster', 'Local'];
const affinitySecondsMax = 86_400;

export function validateService({ spec }: Service): FieldError[] {
  const findings: FieldError[] = [];
  const headless = spec.clusterIP === 'None';
  if ((spec.ports?.length ?? 0) === 0 && !headless && spec.type !== 'ExternalName') {
    findings.push(required('spec.ports'));
  }
  findings.push(...validateType(spec), ...validatePorts(spec), ...validateLabels(spec.selector, 'spec.selector'));
  findings.push(...validateAffinity(spec), ...validateClusterIps(spec));
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    if (!isIp(ip)) findings.push(invalidValue(`spec.externalIPs[${i}]`, ip, ipText));
  }
  return [...findings, ...validateTrafficPolicies(spec)];
}

export function validateServiceUpdate({ spec }: Service, { spec: old }: Service): FieldError[] {
  if (old.type === 'ExternalName' || spec.type === 'ExternalName') return [];
  const before = old.clusterIPs?.[0] ?? old.clusterIP;
  const now = spec.clusterIPs?.[0] ?? spec.clusterIP;
  if (!before || now === before) return [];
  return [invalidValue('spec.clusterIPs[0]', spec.clusterIPs ?? [now], 'may not change once set')];
}

function validateType(spec: ServiceSpec): FieldError[] {
  const { type } = spec;
  if (!type) return [required('spec.type')];
  if (!types.includes(type)) return [notSupported('spec.type', type, types)];
  if (type === 'LoadBalancer' && spec.clusterIP === 'None') {
    const text = "may not be set to 'None' for LoadBalancer services";
    return [invalidValue('spec.clusterIPs[0]', 'None', text)];
  }
  if (type === 'NodePort' && spec.clusterIP === 'None') {
    return [invalidValue('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services")];
  }
  if (type !== 'ExternalName') return [];
  const findings: FieldError[] = [];
  if (spec.clusterIP || spec.clusterIPs?.length) {
    findings.push(forbiddenField('spec.clusterIPs', "may not be set when `type` is 'ExternalName'"));
  }
  const name = spec.externalName?.replace(/\.$/, '') ?? '';
  if (name === '') return [...findings, required('spec.externalName')];
  return [...findings, ...dnsSubdomainErrors(name).map((text) => invalidValue('spec.externalName', name, text))];
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  const taken = new Set<string>();
  const nodePorts = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const findings = validatePort(port, ports.length > 1, at);
    if (port.name && names.has(port.name)) findings.push(duplicateValue(`${at}.name`, port.name));
    names.add(port.name ?? '');
    const key = `${port.protocol}/${port.port}`;
    if (taken.has(key)) findings.push(duplicateValue(at, { protocol: port.protocol, port: port.port }));
    taken.add(key);
    if (!port.nodePort) return findings;
    if (spec.type === 'ClusterIP') {
      findings.push(forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    const nodeKey = `${port.protocol}/${port.nodePort}`;
    if (nodePorts.has(nodeKey)) findings.push(duplicateValue(`${at}.nodePort`, port.nodePort));
    nodePorts.add(nodeKey);
    return findings;
  });
}

function validatePort(port: ServicePort, needsName: boolean, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!port.name && needsName) findings.push(required(`${path}.name`));
  if (port.name)
    findings.push(...dnsLabelErrors(port.name).map((text) => invalidValue(`${path}.name`, port.name, text)));
  return [
    ...findings,
    ...validatePortNumber(port.port, `${path}.port`),
    ...validateProtocol(port.protocol, `${path}.protocol`),
    ...validatePortReference(port.targetPort, `${path}.targetPort`),
  ];
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  if (!sessionAffinity) return [required('spec.sessionAffinity')];
  if (!affinities.includes(sessionAffinity)) return [notSupported('spec.sessionAffinity', sessionAffinity, affinities)];
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds === undefined || (seconds > 0 && seconds <= affinitySecondsMax)) return [];
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  return [invalidValue(field, seconds, `must be greater than 0 and less than ${affinitySecondsMax}`)];
}

function validateClusterIps({ clusterIP, clusterIPs = [] }: ServiceSpec): FieldError[] {
  const findings: FieldError[] = [];
  if (clusterIP && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    findings.push(invalidValue('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'));
  }
  const given = clusterIPs.length > 0 ? clusterIPs : clusterIP ? [clusterIP] : [];
  for (const [i, ip] of given.entries()) {
    if (ip !== 'None' && !isIp(ip)) findings.push(invalidValue(`spec.clusterIPs[${i}]`, ip, ipText));
  }
  return findings;
}

function validateTrafficPolicies(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal } = spec;
  const findings: FieldError[] = [];
  const reachable = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0;
  if (external && !reachable) {
    const text = 'may only be set for externally-accessible services';
    findings.push(invalidValue('spec.externalTrafficPolicy', external, text));
  } else if (external && !trafficPolicies.includes(external)) {
    findings.push(notSupported('spec.externalTrafficPolicy', external, trafficPolicies));
  }
  if (internal && !trafficPolicies.includes(internal)) {
    findings.push(notSupported('spec.internalTrafficPolicy', internal, trafficPolicies));
  }
  return findings;
}
