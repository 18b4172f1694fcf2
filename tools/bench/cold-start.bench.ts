import { join } from 'node:path';
import { type Mode, modes } from './cluster/modes.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';
import { median } from './report/statistics.ts';

const runs = 5;

export const coldStart: Benchmark = {
  name: 'cold-start',
  about: 'the command `orrery up` with an empty data folder, from its start to a Ready node, for each mode',
  async run(bench: Bench): Promise<Figure[]> {
    const figures: Figure[] = [];
    for (const mode of modes()) figures.push(await measure(mode, bench));
    return figures;
  },
};

async function measure(mode: Mode, { folder, progress }: Bench): Promise<Figure> {
  const name = `cold start to Ready: ${mode.name}`;
  const target = mode.options.includes('--processes') ? undefined : { atMost: 1_500 };
  if (mode.obstacle) return { name, value: undefined, unit: 'ms', target, note: mode.obstacle };
  const samples: number[] = [];
  for (let run = 0; run < runs; run++) {
    await using cluster = await OrreryCluster.up(join(folder, `cold-${run}`), mode.options);
    samples.push(cluster.upMs);
    progress(`${mode.name}: ${Math.round(cluster.upMs)} ms, of which the command says ${cluster.saidMs} ms`);
  }
  const range = [Math.min(...samples), Math.max(...samples)].map(Math.round);
  return { name, value: median(samples), unit: 'ms', target, note: `median of ${runs}, ${range.join(' to ')}` };
}
