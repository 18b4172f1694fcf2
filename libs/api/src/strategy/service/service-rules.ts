import { type FieldError, forbiddenField, invalidValue } from '../../errors/field-error.ts';
import type { Service, ServiceSpec } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dns1035LabelErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateClusterIpsUpdate } from './cluster-ips-validation.ts';
import { validateServiceStatus } from './load-balancer-validation.ts';
import {
  isExternallyAccessible,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
} from './service-needs.ts';
import { topologyHintsAnnotation, validateService } from './service-validation.ts';

export const serviceRules: KindRules<Service> = {
  nameErrors: dns1035LabelErrors,
  allowsCreateOnUpdate: true,
  prepareForCreate: (service) => {
    service.status = { loadBalancer: {} };
    const { spec } = service;
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  },
  prepareForUpdate: ({ spec }, { spec: old }) => {
    keepAllocated(spec, old);
    alignClusterIps(spec, old);
    dropWhatTypeDoesNotHave(spec, old);
  },
  validate: validateService,
  validateUpdate: ({ spec }, { spec: old }) => [...validateClusterIpsUpdate(spec, old), ...validateFixed(spec, old)],
  validateStatusUpdate: validateServiceStatus,
  warnings: warningsOfService,
};

/** A client that leaves allocated values out, as `kubectl replace` does, does not mean to give them back. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.clusterIP && old.clusterIPs) {
      spec.clusterIPs = old.clusterIPs;
    }
  }
  if (needsNodePorts(spec) && needsNodePorts(old)) keepNodePorts(spec, old);
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && old.healthCheckNodePort) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
}

/** Ports are told apart by their names: whatever else of them has changed. */
function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const before = new Map((old.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]));
  const kept = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort).filter((port) => port && kept.has(port)));
  for (const port of spec.ports ?? []) {
    const nodePort = before.get(port.name ?? '');
    if (port.nodePort || !nodePort || used.has(nodePort)) continue;
    port.nodePort = nodePort;
    used.add(nodePort);
  }
}

/** A client that knows only one of `clusterIP` and `clusterIPs` changes both by it. */
function alignClusterIps(spec: ServiceSpec, old: ServiceSpec): void {
  const sameList = deepEqual(spec.clusterIPs ?? [], old.clusterIPs ?? []);
  if (spec.clusterIP === old.clusterIP) {
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) delete spec.clusterIP;
    return;
  }
  if (!sameList) return;
  if (!spec.clusterIP) delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP];
}

/** A change of type gives back what the client only carried along from the old object. */
function dropWhatTypeDoesNotHave(spec: ServiceSpec, old: ServiceSpec): void {
  const dropSame = (...fields: readonly (keyof ServiceSpec)[]) => {
    for (const field of fields) if (deepEqual(spec[field], old[field])) delete spec[field];
  };
  if (!needsClusterIp(spec) && needsClusterIp(old)) {
    if (deepEqual(spec.clusterIPs, old.clusterIPs)) dropSame('clusterIP');
    dropSame('clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  }
  if (!needsNodePorts(spec) && needsNodePorts(old) && deepEqual(nodePortsOf(spec), nodePortsOf(old))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (!needsHealthCheckPort(spec) && needsHealthCheckPort(old)) dropSame('healthCheckNodePort');
  if (spec.type !== 'LoadBalancer' && old.type === 'LoadBalancer') {
    dropSame('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  }
  if (!isExternallyAccessible(spec) && isExternallyAccessible(old)) dropSame('externalTrafficPolicy');
}

function nodePortsOf({ ports = [] }: ServiceSpec): number[] {
  return ports.map(({ nodePort = 0 }) => nodePort).sort((a, b) => a - b);
}

function validateFixed(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  const findings: FieldError[] = [];
  if (spec.type === 'LoadBalancer' && old.type === 'LoadBalancer' && spec.loadBalancerClass !== old.loadBalancerClass) {
    findings.push(invalidValue('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set'));
  }
  if (needsHealthCheckPort(spec) && needsHealthCheckPort(old) && spec.healthCheckNodePort !== old.healthCheckNodePort) {
    findings.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  }
  return findings;
}

function warningsOfService({ metadata, spec }: Service): string[] {
  const warnings: string[] = [];
  const headless = spec.type === 'ClusterIP' && isHeadless(spec);
  const hasExternalIps = (spec.externalIPs?.length ?? 0) > 0;
  if (metadata.annotations?.[topologyHintsAnnotation] !== undefined) {
    const text = 'is deprecated, please use service.kubernetes.io/topology-mode instead';
    warnings.push(`annotation ${topologyHintsAnnotation} ${text}`);
  }
  if (headless) {
    if (spec.loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (hasExternalIps) warnings.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  }
  if (hasExternalIps && !headless && spec.type !== 'ExternalName') {
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  }
  if (hasExternalIps && spec.type === 'ExternalName') {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (spec.type !== 'ExternalName' && spec.externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}
