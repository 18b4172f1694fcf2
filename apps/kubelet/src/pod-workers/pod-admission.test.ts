import { expect, it } from '@jest/globals';
import type { Pod } from '@orrery/api';
import { admissionFailure } from './pod-admission.ts';

const podWith = (requests: Record<string, string>) =>
  ({ spec: { containers: [{ name: 'c', resources: { requests } }] }, status: {} }) as unknown as Pod;

it('takes a pod with an extended resource that is not the kubelet’s own', () => {
  expect(admissionFailure(podWith({ 'example.com/dongle': '3' }), [], { cpu: '1' })).toBeUndefined();
});

it('refuses what exceeds the resources that it offers', () => {
  expect(admissionFailure(podWith({ cpu: '2' }), [podWith({ cpu: '500m' })], { cpu: '2' })).toEqual({
    reason: 'OutOfcpu',
    message: "Pod was rejected: Node didn't have enough resource: cpu, requested: 2000, used: 500, capacity: 2000",
  });
});
