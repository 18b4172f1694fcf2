import { type Condition, ipFamilyOf } from '@orrery/api';
import { formatTime, type Milliseconds } from '@orrery/runtime';
import type { SystemObject } from '../registry/system-writer.ts';

export const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const;

export const priorityClasses: readonly SystemObject[] = [
  {
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

const key = { name: 'kubernetes', namespace: 'default' };
const labels = { component: 'apiserver', provider: 'kubernetes' };

export function kubernetesService(clusterIP: string, targetPort: number): SystemObject {
  return {
    metadata: { ...key, labels },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: [ipFamilyOf(clusterIP)],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort }],
    },
  } as SystemObject;
}

export function kubernetesEndpoints(ip: string, port: number): SystemObject {
  const skipMirror = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  return {
    metadata: { ...key, labels: skipMirror },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  } as SystemObject;
}

export function kubernetesEndpointSlice(ip: string, port: number): SystemObject {
  return {
    metadata: { ...key, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  } as SystemObject;
}

export function kubernetesServiceCidr(cidrs: readonly string[]): SystemObject {
  return { metadata: { name: key.name }, spec: { cidrs } };
}

/** Upstream gives no reason either. */
export function serviceCidrReady(now: Milliseconds): Condition {
  return {
    type: 'Ready',
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
  };
}
