import { describe, expect, it } from '@jest/globals';
import type { PodSpec } from '@orrery/api';
import { testPod } from '../pod-lifecycle/test-pod.fixture.ts';
import { dnsConfig, parseResolvConf } from './dns-config.ts';

const machineDns = parseResolvConf('# comment\nnameserver 9.9.9.9\nsearch corp.example\noptions timeout:2\n');
const settings = { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local', machineDns };
const clusterFirst = {
  servers: ['10.96.0.10'],
  searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'corp.example'],
  options: ['ndots:5'],
};

describe('a pod’s DNS configuration', () => {
  const cases: [string, Partial<PodSpec>, object][] = [
    ['ClusterFirst by default', {}, clusterFirst],
    ['the machine’s with Default', { dnsPolicy: 'Default' }, machineDns],
    ['the machine’s on the host’s network', { dnsPolicy: 'ClusterFirst', hostNetwork: true }, machineDns],
    ['ClusterFirstWithHostNet', { dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }, clusterFirst],
    [
      'None: only what the pod says',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['a'], options: [{ name: 'debug' }] } },
      { servers: ['1.1.1.1'], searches: ['a'], options: ['debug'] },
    ],
    [
      'own options replace those of the policy',
      { dnsConfig: { options: [{ name: 'ndots', value: '2' }] } },
      { ...clusterFirst, options: ['ndots:2'] },
    ],
  ];
  it.each(cases)('%s', (_title, spec, expected) => expect(dnsConfig(testPod(spec), settings)).toEqual(expected));
});
