import { readFile, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ContainerUsage } from '../cri-service/runtime-driver.ts';

const root = '/sys/fs/cgroup';
const controllers = [
  'memory',
  'cpu',
  'cpuacct',
  'cpuset',
  'devices',
  'freezer',
  'blkio',
  'pids',
  'systemd',
  'hugetlb',
  'net_cls',
  'net_prio',
  'perf_event',
  'rdma',
  'misc',
  'unified',
  'cpu,cpuacct',
  'net_cls,net_prio',
];

/** How often the kernel has killed something of the cgroup for want of memory. */
export async function oomKills(cgroup: string): Promise<number> {
  const text =
    (await read(join(root, cgroup, 'memory.events'))) ??
    (await read(join(root, 'memory', cgroup, 'memory.oom_control')));
  return Number(/^oom_kill (\d+)$/m.exec(text ?? '')?.[1] ?? 0);
}

export async function cgroupUsage(cgroup: string): Promise<ContainerUsage> {
  const v2 = await read(join(root, cgroup, 'cpu.stat'));
  const number = (text: string | undefined, pattern = /(\d+)/) => BigInt(pattern.exec(text ?? '')?.[1] ?? 0);
  const memory = v2 === undefined ? join(root, 'memory', cgroup) : join(root, cgroup);
  const stats = await read(join(memory, 'memory.stat'));
  const usage = number(await read(join(memory, v2 === undefined ? 'memory.usage_in_bytes' : 'memory.current')));
  const inactive = number(stats, v2 === undefined ? /^total_inactive_file (\d+)$/m : /^inactive_file (\d+)$/m);
  return {
    cpuNanoseconds:
      v2 === undefined
        ? number(await read(join(root, 'cpuacct', cgroup, 'cpuacct.usage')))
        : number(v2, /^usage_usec (\d+)$/m) * 1000n,
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: usage > inactive ? usage - inactive : 0n,
    memoryRssBytes: number(stats, v2 === undefined ? /^total_rss (\d+)$/m : /^anon (\d+)$/m),
    writableLayerBytes: 0n,
  };
}

/** Removes the cgroup and those above it that are empty, in every hierarchy. */
export async function removeEmptyCgroups(cgroup: string): Promise<void> {
  for (const base of [root, ...controllers.map((name) => join(root, name))])
    for (let path = join(base, cgroup); path.length > base.length; path = dirname(path))
      if (
        !(await rmdir(path).then(
          () => true,
          () => false,
        )) &&
        (await stat(path).then(
          () => true,
          () => false,
        ))
      )
        break;
}

function read(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
