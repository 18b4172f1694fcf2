import { describe, expect, it } from '@jest/globals';
import { fieldErrorText } from '../../errors/field-error.ts';
import type { ResourceClaim } from '../../generated/kinds.ts';
import { resourceClaimRules } from './device-claim-rules.ts';

const device = { driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' };
const result = { ...device, request: 'gpu' };
const claim = (status: object): ResourceClaim =>
  ({
    metadata: { name: 'c', namespace: 'default' },
    spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] } },
    status,
  }) as unknown as ResourceClaim;
const findings = (status: object, old: object = {}): string[] =>
  (resourceClaimRules.validateStatusUpdate?.(claim(status), claim(old)) ?? []).map(fieldErrorText);
const allocated = (fields: object = {}) => ({ allocation: { devices: { results: [{ ...result, ...fields }] } } });

describe('the status of a resource claim', () => {
  it('tells of devices that the claim has', () => {
    expect(findings({ ...allocated(), devices: [device] })).toEqual([]);
    expect(findings({ ...allocated(), devices: [{ ...device, device: 'gpu-1' }] })).toEqual([
      'status.devices[0]: Invalid value: "gpu.example.com/node-1/gpu-1": must be an allocated device in the claim',
    ]);
    expect(findings({ ...allocated(), devices: [device, device] })).toHaveLength(1);
  });

  it.each<[object, string]>([
    [{ interfaceName: 'x'.repeat(257) }, 'networkData.interfaceName: Too long'],
    [{ hardwareAddress: 'x'.repeat(129) }, 'networkData.hardwareAddress: Too long'],
    [{ ips: ['10.9.8.7'] }, 'networkData.ips[0]: Invalid value: "10.9.8.7": must be a valid address in CIDR form'],
    [{ ips: ['2001:DB8::1/64'] }, 'must be in canonical form ("2001:db8::1/64")'],
    [{ ips: ['10.9.8.7/24', '10.9.8.7/24'] }, 'networkData.ips[1]: Duplicate value'],
  ])('refuses network data %j', (networkData, text) => {
    const [finding, ...others] = findings({ ...allocated(), devices: [{ ...device, networkData }] });
    expect(finding).toContain(text);
    expect(others).toEqual([]);
  });

  it.each<[object, string]>([
    [{ shareID: 'x' }, 'status.allocation.devices.results[0].shareID: Invalid value'],
    [{ bindingConditions: ['a'] }, 'bindingFailureConditions are required to use bindingConditions'],
    [{ bindingFailureConditions: ['a'] }, 'bindingConditions are required to use bindingFailureConditions'],
    [{ bindingConditions: ['a'], bindingFailureConditions: ['a'] }, 'must not overlap with bindingConditions'],
    [{ bindingConditions: ['a', 'a'], bindingFailureConditions: ['b'] }, 'bindingConditions[1]: Duplicate value'],
  ])('refuses a result with %j', (fields, text) => {
    const [finding, ...others] = findings(allocated(fields));
    expect(finding).toContain(text);
    expect(others).toEqual([]);
  });

  it('keeps its allocation', () => {
    expect(findings(allocated({ device: 'gpu-1' }), allocated())).toEqual([expect.stringContaining('immutable')]);
  });
});
