import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Mode, modes } from './cluster/modes.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { processTree, proportionalMegabytes } from './cluster/process-tree.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';

const idleMs = 5_000;

export const idleMemory: Benchmark = {
  name: 'idle-memory',
  about: 'memory (PSS) of all processes of a one-node cluster, five seconds after Ready',
  async run(bench: Bench): Promise<Figure[]> {
    const figures: Figure[] = [];
    for (const mode of modes()) figures.push(await measure(mode, bench));
    return figures;
  },
};

async function measure(mode: Mode, { folder, progress }: Bench): Promise<Figure> {
  const name = `idle memory: ${mode.name}`;
  const target = { atMost: 250 };
  if (mode.obstacle) return { name, value: undefined, unit: 'MB', target, note: mode.obstacle };
  await using cluster = await OrreryCluster.up(join(folder, 'idle'), mode.options);
  await sleep(idleMs);
  const sizes = processTree(cluster.launcherProcessId).map(proportionalMegabytes);
  const value = sizes.reduce((sum, size) => sum + size, 0);
  progress(`${mode.name}: ${sizes.map(Math.round).join(' + ')} MB`);
  return { name, value, unit: 'MB', target, note: `${sizes.length} processes` };
}
