import type { Container, Pod } from '@orrery/api';
import type * as cri from '@orrery/proto/cri';
import { qosClass } from '../pod-lifecycle/qos-class.ts';
import { bytesOf, milliOf } from './resource-amount.ts';

const cpuPeriodMicroseconds = 100_000n;
const sharesPerCpu = 1024;
const sharesMin = 2;
const quotaMin = 1000;

/** A container's cpu, memory and OOM settings. `memoryCapacity`: of the node, in bytes. */
export function containerResources(
  pod: Pod,
  container: Container,
  memoryCapacity: number,
): cri.LinuxContainerResources {
  const { limits, requests } = container.resources ?? {};
  const cpuRequest = requests?.cpu ?? limits?.cpu;
  return {
    ...noResources(),
    cpuShares: sharesOf(cpuRequest === undefined ? 0 : milliOf(cpuRequest)),
    ...(limits?.cpu ? { cpuPeriod: cpuPeriodMicroseconds, cpuQuota: quotaOf(milliOf(limits.cpu)) } : {}),
    memoryLimitInBytes: BigInt(limits?.memory ? bytesOf(limits.memory) : 0),
    oomScoreAdj: BigInt(oomScoreAdjust(pod, container, memoryCapacity)),
  };
}

/** What all containers of the pod have together, for the pod's own cgroup. */
export function podResources(pod: Pod): cri.LinuxContainerResources {
  const containers = pod.spec.containers;
  const cpu = sum(
    containers.map(({ resources }) => milliOf(resources?.requests?.cpu ?? resources?.limits?.cpu ?? '0')),
  );
  const cpuLimits = containers.map(({ resources }) => resources?.limits?.cpu);
  const memoryLimits = containers.map(({ resources }) => resources?.limits?.memory);
  const cpuLimited = cpuLimits.every((limit) => limit !== undefined);
  const memoryLimited = memoryLimits.every((limit) => limit !== undefined);
  return {
    ...noResources(),
    cpuShares: sharesOf(cpu),
    ...(cpuLimited
      ? { cpuPeriod: cpuPeriodMicroseconds, cpuQuota: quotaOf(sum(cpuLimits.map((limit) => milliOf(limit ?? '0')))) }
      : {}),
    memoryLimitInBytes: BigInt(memoryLimited ? sum(memoryLimits.map((limit) => bytesOf(limit ?? '0'))) : 0),
  };
}

/** The kernel's preference for ending this container when memory runs out: Guaranteed last, BestEffort first. */
export function oomScoreAdjust(pod: Pod, container: Container, memoryCapacity: number): number {
  if (pod.spec.priorityClassName === 'system-node-critical') return -997;
  const quality = qosClass(pod);
  if (quality === 'Guaranteed') return -997;
  if (quality === 'BestEffort') return 1000;
  const request = bytesOf(container.resources?.requests?.memory ?? '0');
  const score = Math.floor(1000 - (1000 * request) / memoryCapacity);
  return Math.min(Math.max(score, 3), 999);
}

/** The pod's cgroup below the node's root. */
export function cgroupParent(pod: Pod): string {
  const quality = qosClass(pod);
  const folder = quality === 'Guaranteed' ? '' : `/${quality.toLowerCase()}`;
  return `/orrery/kubepods${folder}/pod${pod.metadata.uid}`;
}

export function noResources(): cri.LinuxContainerResources {
  return {
    cpuPeriod: 0n,
    cpuQuota: 0n,
    cpuShares: 0n,
    memoryLimitInBytes: 0n,
    oomScoreAdj: 0n,
    cpusetCpus: '',
    cpusetMems: '',
    hugepageLimits: [],
    unified: {},
    memorySwapLimitInBytes: 0n,
  };
}

function sharesOf(milliCpu: number): bigint {
  return BigInt(Math.max(sharesMin, Math.floor((milliCpu * sharesPerCpu) / 1000)));
}

function quotaOf(milliCpu: number): bigint {
  return BigInt(Math.max(quotaMin, Math.floor((milliCpu * Number(cpuPeriodMicroseconds)) / 1000)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
