import { describe, expect, it } from '@jest/globals';
import { qosClass } from '../pod-lifecycle/qos-class.ts';
import { testContainer, testPod } from '../pod-lifecycle/test-pod.fixture.ts';
import { cgroupParent, containerResources, oomScoreAdjust } from './linux-resources.ts';

const node = 8 * 1024 ** 3;
const guaranteed = testContainer('web', { resources: { limits: { cpu: '500m', memory: '256Mi' } } });
const burstable = testContainer('web', { resources: { requests: { cpu: '100m', memory: '4Gi' } } });
const bestEffort = testContainer('web');

describe('resources of containers', () => {
  it.each([
    ['Guaranteed', guaranteed, -997, '/orrery/kubepods/podu1'],
    ['Burstable', burstable, 500, '/orrery/kubepods/burstable/podu1'],
    ['BestEffort', bestEffort, 1000, '/orrery/kubepods/besteffort/podu1'],
  ])('%s', (quality, container, oomScore, cgroup) => {
    const pod = testPod({ containers: [container] });
    expect(qosClass(pod)).toBe(quality);
    expect(oomScoreAdjust(pod, container, node)).toBe(oomScore);
    expect(cgroupParent(pod)).toBe(cgroup);
  });

  it('come from limits and requests', () => {
    const pod = testPod({ containers: [guaranteed] });
    expect(containerResources(pod, guaranteed, node)).toMatchObject({
      cpuShares: 512n,
      cpuPeriod: 100_000n,
      cpuQuota: 50_000n,
      memoryLimitInBytes: 268_435_456n,
    });
    expect(containerResources(pod, bestEffort, node)).toMatchObject({
      cpuShares: 2n,
      cpuQuota: 0n,
      memoryLimitInBytes: 0n,
    });
  });
});
