import { type Plugin, scoreMax } from '../framework/plugin.ts';

/** Prefers nodes on which CPU and memory will be used to the same part, so that neither is left over without the other. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  consider({ requests }) {
    if (requests.cpuMilli === 0 && requests.memory === 0) return undefined;
    return {
      score: ({ allocatable, requested }) => {
        const part = (used: number, capacity: number): number => (capacity === 0 ? 1 : Math.min(1, used / capacity));
        const cpu = part(requested.cpuMilli + requests.cpuMilli, allocatable.cpuMilli);
        const memory = part(requested.memory + requests.memory, allocatable.memory);
        return Math.floor((1 - Math.abs(cpu - memory) / 2) * scoreMax);
      },
    };
  },
};
