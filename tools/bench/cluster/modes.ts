import { existsSync } from 'node:fs';

/** A way to run a cluster, as a person chooses it. */
export interface Mode {
  readonly name: string;
  readonly options: readonly string[];
  /** Why it cannot be measured here and now. */
  readonly obstacle?: string;
}

/** All ways of issue "one path"; real containers only as root, and never beside another cluster that has the pod bridge. */
export function modes(): Mode[] {
  const obstacle = obstacleToRealContainers();
  return [
    { name: 'one process, memory bus', options: ['--bus', 'memory'] },
    { name: 'one process and NATS, simulated pods', options: ['--containers', 'simulated'] },
    { name: 'one process and NATS, real pods', options: ['--containers', 'runc'], ...(obstacle && { obstacle }) },
    { name: '--processes and NATS, simulated pods', options: ['--processes', '--containers', 'simulated'] },
  ];
}

function obstacleToRealContainers(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  return existsSync('/sys/class/net/orrery0') ? 'another cluster uses the pod bridge' : undefined;
}
