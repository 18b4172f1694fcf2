import type { Service } from '../generated/kinds.ts';

const sessionTimeoutSecondsDefault = 10_800;

/** Addresses and families are the allocator's to set. */
export function defaultService({ spec, status }: Service): void {
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: sessionTimeoutSecondsDefault } };
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (!port.targetPort) port.targetPort = port.port;
  }
  const opensNodePorts = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const hasExternalIps = spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0;
  if (opensNodePorts || hasExternalIps) spec.externalTrafficPolicy ||= 'Cluster';
  if (opensNodePorts || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}
