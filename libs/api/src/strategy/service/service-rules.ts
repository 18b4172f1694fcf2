import type { Service, ServicePort, ServiceSpec } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dns1035LabelErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateService, validateServiceUpdate } from './service-validation.ts';

export const serviceRules: KindRules<Service> = {
  nameErrors: dns1035LabelErrors,
  allowsCreateOnUpdate: true,
  prepareForUpdate: ({ spec }, { spec: old }) => {
    keepAllocated(spec, old);
    dropWhatTypeDoesNotHave(spec, old);
  },
  validate: validateService,
  validateUpdate: validateServiceUpdate,
};

/** A client that leaves allocated values out, as `kubectl replace` does, does not mean to give them back. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (hasClusterIp(spec) && hasClusterIp(old)) {
    if (!spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = old.clusterIPs;
    if (!spec.clusterIP) spec.clusterIP = spec.clusterIPs?.[0] ?? old.clusterIP;
    if (spec.clusterIP && !spec.clusterIPs?.length) {
      spec.clusterIPs = spec.clusterIP === old.clusterIP ? old.clusterIPs : [spec.clusterIP];
    }
    spec.ipFamilies ??= old.ipFamilies;
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  }
  if (hasNodePorts(spec) && hasNodePorts(old)) {
    const before = new Map((old.ports ?? []).map((port) => [portKey(port), port.nodePort]));
    const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort));
    for (const port of spec.ports ?? []) {
      const nodePort = before.get(portKey(port));
      if (!port.nodePort && nodePort !== undefined && !used.has(nodePort)) port.nodePort = nodePort;
    }
  }
  if (old.healthCheckNodePort && needsHealthCheck(spec)) spec.healthCheckNodePort ??= old.healthCheckNodePort;
}

/** A change of type gives back what the client only carried along from the old object. */
function dropWhatTypeDoesNotHave(spec: ServiceSpec, old: ServiceSpec): void {
  if (!hasClusterIp(spec) && hasClusterIp(old) && deepEqual(spec.clusterIPs, old.clusterIPs)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
  }
  if (!hasNodePorts(spec) && hasNodePorts(old)) {
    const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
    for (const port of spec.ports ?? []) if (before.has(port.nodePort)) delete port.nodePort;
    if (spec.externalTrafficPolicy === old.externalTrafficPolicy && !spec.externalIPs?.length) {
      delete spec.externalTrafficPolicy;
    }
  }
  if (spec.type !== 'LoadBalancer' && old.type === 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === old.allocateLoadBalancerNodePorts) {
      delete spec.allocateLoadBalancerNodePorts;
    }
    if (spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort;
  }
}

function hasClusterIp({ type }: ServiceSpec): boolean {
  return type !== 'ExternalName';
}

function hasNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

function portKey({ protocol, port }: ServicePort): string {
  return `${protocol}/${port}`;
}
