import { join } from 'node:path';
import { Pod } from '@orrery/api';
import { HttpApiClient } from '@orrery/client';
import { SystemTimers } from '@orrery/runtime';
import { examplePod } from './cluster/example-objects.ts';
import { type Mode, modes } from './cluster/modes.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { RunningPods } from './cluster/pod-watch.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';
import { percentile } from './report/statistics.ts';

/** Of one node, whose limit is 110 pods: each is deleted when it has run. */
const pods = 200;
const warmUpPods = 20;

export const podLatency: Benchmark = {
  name: 'pod-latency',
  about: `${pods} simulated pods one after the other: from the create request to Running in a watch, both over HTTPS`,
  async run(bench: Bench): Promise<Figure[]> {
    const figures: Figure[] = [];
    for (const mode of modes()) if (!mode.options.includes('runc')) figures.push(...(await measure(mode, bench)));
    return figures;
  },
};

async function measure(mode: Mode, { folder, progress }: Bench): Promise<Figure[]> {
  await using cluster = await OrreryCluster.up(join(folder, 'latency'), mode.options);
  const samples = await latencies(cluster);
  const [p50, p99] = [percentile(samples, 0.5), percentile(samples, 0.99)];
  progress(
    `${mode.name}: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${Math.max(...samples).toFixed(1)} ms`,
  );
  return [
    { name: `pod create → Running, p50: ${mode.name}`, value: p50, unit: 'ms' },
    { name: `pod create → Running, p99: ${mode.name}`, value: p99, unit: 'ms', target: { atMost: 100 } },
  ];
}

async function latencies(cluster: OrreryCluster): Promise<number[]> {
  const { access } = cluster;
  const api = new HttpApiClient(access, new SystemTimers());
  using watch = await RunningPods.follow(access);
  const samples: number[] = [];
  for (let index = -warmUpPods; index < pods; index++) {
    const name = `pod-${index + warmUpPods}`;
    const started = performance.now();
    await api.create(Pod, examplePod(name));
    const running = await watch.whenRunning(name);
    if (index >= 0) samples.push(running - started);
    await api.delete(Pod, { namespace: 'default', name }, { gracePeriodSeconds: 0 });
  }
  api.close();
  return samples;
}
