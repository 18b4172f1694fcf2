import { describe, expect, it } from '@jest/globals';
import type { EndpointSlice, Service } from '@orrery/api';
import type { RemoteApiService } from './api-services.ts';
import { failedDiscovery, passed, serviceProblem, withAvailability } from './availability.ts';

const apiService = { spec: { service: { name: 's', namespace: 'ns', port: 443 } } } as RemoteApiService;
const service = (type: string, port = 443) => ({ spec: { type, ports: [{ name: 'https', port }] } }) as Service;
const slice = (ready: boolean, name = 'https') =>
  ({ endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }], ports: [{ name, port: 1 }] }) as EndpointSlice;

describe('the Service behind an APIService', () => {
  const cases: readonly (readonly [string | undefined, Service | undefined, EndpointSlice[]])[] = [
    ['ServiceNotFound: service/s in "ns" is not present', undefined, []],
    ['ServicePortError: service/s in "ns" is not listening on port 443', service('ClusterIP', 80), []],
    ['EndpointsNotFound: cannot find endpointslices for service/s in "ns"', service('ClusterIP'), []],
    [
      'MissingEndpoints: endpointslices for service/s in "ns" have no addresses with port name "https"',
      service('ClusterIP'),
      [slice(false), slice(true, 'other')],
    ],
    [undefined, service('ClusterIP'), [slice(true)]],
    [undefined, service('ExternalName'), []],
  ];

  it.each(cases)('may be the reason: %s', (expected, found, slices) => {
    const problem = serviceProblem(apiService, found, slices);
    expect(problem && `${problem.reason}: ${problem.message}`).toBe(expected);
  });
});

describe('the condition Available', () => {
  it('is written once, and dates from the last change of its status', () => {
    const failed = withAvailability([], failedDiscovery('a'), '1');
    expect(failed).toMatchObject([{ status: 'False', reason: 'FailedDiscoveryCheck', lastTransitionTime: '1' }]);
    expect(withAvailability(failed, failedDiscovery('a'), '2')).toBe(failed);
    const again = withAvailability(failed, failedDiscovery('b'), '2');
    expect(again).toMatchObject([{ message: 'b', lastTransitionTime: '1' }]);
    expect(withAvailability(again, passed, '3')).toMatchObject([{ status: 'True', lastTransitionTime: '3' }]);
  });
});
