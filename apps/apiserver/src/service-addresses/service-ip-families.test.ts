import { describe, expect, it } from '@jest/globals';
import { fieldErrorText, type Service, type ServiceSpec } from '@orrery/api';
import { settleIpFamilies } from './service-ip-families.ts';

type Families = readonly ('IPv4' | 'IPv6')[];

function settled(spec: ServiceSpec, configured: Families = ['IPv4'], old?: ServiceSpec) {
  const service = { spec: structuredClone(spec) } as Service;
  const texts = settleIpFamilies(service, old && ({ spec: old } as Service), configured).map(fieldErrorText);
  const { ipFamilies, ipFamilyPolicy, clusterIPs } = service.spec;
  return { ipFamilies, ipFamilyPolicy, clusterIPs, texts };
}

describe('the families of a Service', () => {
  it.each<[string, ServiceSpec, Families, object]>([
    ['are the default one', {}, ['IPv4'], { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', texts: [] }],
    ['are what there is', { ipFamilyPolicy: 'PreferDualStack' }, ['IPv4'], { ipFamilies: ['IPv4'], texts: [] }],
    [
      'are both where both are',
      { ipFamilyPolicy: 'PreferDualStack' },
      ['IPv4', 'IPv6'],
      { ipFamilies: ['IPv4', 'IPv6'] },
    ],
    [
      'follow from an address',
      { clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] },
      ['IPv4', 'IPv6'],
      { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
    ],
    [
      'are both for a headless Service without a selector, anywhere',
      { clusterIP: 'None', clusterIPs: ['None'] },
      ['IPv4'],
      { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack', texts: [] },
    ],
    [
      'cannot be both where one is',
      { ipFamilyPolicy: 'RequireDualStack' },
      ['IPv4'],
      {
        texts: [
          'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
        ],
      },
    ],
    [
      'are the cluster’s',
      { ipFamilies: ['IPv6'] },
      ['IPv4'],
      { texts: ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'] },
    ],
    [
      'need a policy to be two',
      { ipFamilies: ['IPv4', 'IPv6'] },
      ['IPv4', 'IPv6'],
      {
        texts: [
          "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
        ],
      },
    ],
  ])('%s', (_name, spec, configured, expected) => {
    expect(settled(spec, configured)).toMatchObject(expected);
  });

  const dual: ServiceSpec = {
    ipFamilyPolicy: 'PreferDualStack',
    ipFamilies: ['IPv4', 'IPv6'],
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1', 'fd00::1'],
  };

  it('are one again by a word', () => {
    const { ipFamilies, clusterIPs, texts } = settled(
      { ...dual, ipFamilyPolicy: 'SingleStack' },
      ['IPv4', 'IPv6'],
      dual,
    );
    expect({ ipFamilies, clusterIPs, texts }).toEqual({ ipFamilies: ['IPv4'], clusterIPs: ['10.0.0.1'], texts: [] });
  });

  it('are not one again without it', () => {
    const { texts } = settled({ ...dual, clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] }, ['IPv4', 'IPv6'], dual);
    expect(texts).toEqual([
      'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be \'SingleStack\' to release the secondary cluster IP',
      'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be \'SingleStack\' to release the secondary IP family',
    ]);
  });
});
