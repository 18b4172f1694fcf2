import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deployment } from '@orrery/api';
import { HttpApiClient } from '@orrery/client';
import { SystemTimers } from '@orrery/runtime';
import { exampleDeployment } from './cluster/example-objects.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { RunningPods } from './cluster/pod-watch.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';

const nodes = 100;
const deployments = 50;
const podsEach = 100;
const limitMs = 30_000;

export const throughput: Benchmark = {
  name: 'throughput',
  about: `${deployments} Deployments of ${podsEach} on ${nodes} simulated nodes until all run, at most ${limitMs / 1000} s`,
  async run(bench: Bench): Promise<Figure[]> {
    return [await measure('memory', bench), await measure('nats', bench)];
  },
};

async function measure(bus: 'memory' | 'nats', { folder, progress }: Bench): Promise<Figure> {
  const options = ['--bus', bus, '--containers', 'simulated', '--nodes', String(nodes)];
  await using cluster = await OrreryCluster.up(join(folder, 'throughput'), options);
  progress(`${bus} bus: ${nodes} nodes Ready after ${Math.round(cluster.upMs)} ms`);
  const { access } = cluster;
  const api = new HttpApiClient(access, new SystemTimers());
  using watch = await RunningPods.follow(access);

  const wanted = deployments * podsEach;
  const end = new AbortController();
  const started = performance.now();
  const names = Array.from({ length: deployments }, (_, index) => `bench-${index}`);
  await Promise.all(names.map((name) => api.create(Deployment, exampleDeployment(name, podsEach))));
  const limit = sleep(limitMs, undefined, { signal: end.signal }).catch(() => undefined);
  await Promise.race([watch.until(() => watch.count >= wanted), limit]);
  end.abort();
  const seconds = (performance.now() - started) / 1000;
  api.close();

  const reached = watch.count;
  progress(`${bus} bus: ${reached} of ${wanted} pods Running after ${seconds.toFixed(1)} s`);
  return {
    name: `pods a second, Deployment to Running, ${nodes} nodes, one process, ${bus} bus`,
    value: reached / seconds,
    unit: 'pods/s',
    target: { atLeast: 500 },
    note: `${reached} of ${wanted} pods in ${seconds.toFixed(1)} s`,
  };
}
