import { describe, expect, it } from '@jest/globals';
import type { EndpointSlice, Service } from '@orrery/api';
import { readyEndpoints } from './service-resolver.ts';

const service = {
  metadata: { name: 'hooks' },
  spec: {
    ports: [
      { name: 'https', port: 443 },
      { name: 'admin', port: 8443 },
    ],
  },
} as Service;
const slice = (addresses: string[], ready: boolean | undefined, port: number, name = 'https') =>
  ({ endpoints: [{ addresses, conditions: { ready } }], ports: [{ name, port }] }) as EndpointSlice;

describe('the endpoints behind a Service', () => {
  it('are the ready ones of the port, in all slices', () => {
    const slices = [
      slice(['10.0.0.1'], true, 9443),
      slice(['10.0.0.2'], false, 9443),
      slice(['fd00::1'], undefined, 9444),
      slice(['10.0.0.3'], true, 9445, 'admin'),
    ];
    expect(readyEndpoints(service, slices, 443)).toEqual([
      { host: '10.0.0.1', port: 9443 },
      { host: 'fd00::1', port: 9444 },
    ]);
  });

  it('cannot be asked for by a port that the Service has not', () => {
    expect(() => readyEndpoints(service, [], 80)).toThrow('no service port 80 found for service "hooks"');
  });
});
