import { describe, expect, it } from '@jest/globals';
import type { ServicePort } from '../service-ports/service-ports.ts';
import { clusterChain } from './chain-names.ts';

const port = (name: string, protocol: ServicePort['protocol']): ServicePort => ({
  name,
  protocol,
  port: 1,
  clusterIp: '10.96.0.1',
  nodePort: 0,
  externalIps: [],
  affinitySeconds: 0,
  internalLocal: false,
  externalLocal: false,
});

describe('chain names', () => {
  it.each([
    ['default/kubernetes:https', 'tcp', 'KUBE-SVC-NPX46M4PTMTKRN6Y'],
    ['kube-system/kube-dns:dns', 'udp', 'KUBE-SVC-TCOU7JCQXEZGVUNU'],
    ['kube-system/kube-dns:dns-tcp', 'tcp', 'KUBE-SVC-ERIFXISQEP7F7OF4'],
  ] as const)('of %s over %s are those that every Kubernetes cluster has', (name, protocol, chain) => {
    expect(clusterChain(port(name, protocol))).toBe(chain);
  });
});
