import type { NodeInfo, PodInfo } from '../cluster-cache/node-info.ts';
import { type Plugin, type Rejection, scoreMax } from '../framework/plugin.ts';

/** What a pod requests must be left on the node; the emptier the node will be, the better (upstream's LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  consider: (pod) => ({ filter: (node) => shortages(pod, node), score: (node) => leastAllocated(pod, node) }),
};

function shortages({ requests }: PodInfo, { allocatable, requested, podCount, podsMax }: NodeInfo): Rejection[] {
  const reasons: Rejection[] = [];
  if (podCount + 1 > podsMax) reasons.push('Too many pods');
  if (requests.cpuMilli > 0 && requests.cpuMilli > allocatable.cpuMilli - requested.cpuMilli)
    reasons.push('Insufficient cpu');
  if (requests.memory > 0 && requests.memory > allocatable.memory - requested.memory)
    reasons.push('Insufficient memory');
  if (
    requests.ephemeralStorage > 0 &&
    requests.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage
  ) {
    reasons.push('Insufficient ephemeral-storage');
  }
  for (const [name, amount] of requests.extended) {
    const left = (allocatable.extended.get(name) ?? 0) - (requested.extended.get(name) ?? 0);
    if (amount > 0 && amount > left) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}

function leastAllocated({ requestsForScoring }: PodInfo, { allocatable, requestedForScoring }: NodeInfo): number {
  const left = (capacity: number, used: number): number =>
    capacity === 0 || used > capacity ? 0 : Math.floor(((capacity - used) * scoreMax) / capacity);
  const cpu = left(allocatable.cpuMilli, requestedForScoring.cpuMilli + requestsForScoring.cpuMilli);
  const memory = left(allocatable.memory, requestedForScoring.memory + requestsForScoring.memory);
  return Math.floor((cpu + memory) / 2);
}
