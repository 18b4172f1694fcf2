import { join } from 'node:path';
import { exampleConfigMap, examplePod } from './cluster/example-objects.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { describeLoad, endpointOf, load } from './http/api-load.ts';
import { requestBytes } from './http/http-connection.ts';
import { profiledRun } from './profile/profiled-run.ts';
import type { Bench, Benchmark, Figure, Target } from './report/figure.ts';

const clients = 64;
const loop = { warmUpMs: 2_000, durationMs: 4_000, requestsMax: 40_000 };

/** What is created: a kind with few rules, and one with many. */
const kinds = {
  configmaps: exampleConfigMap,
  pods: (name: string) => examplePod(name, { schedulerName: 'nobody' }),
};

export const apiCreates: Benchmark = {
  name: 'api-creates',
  about: `creates a second with ${clients} clients over HTTPS and one storage member that fsyncs`,
  async run(bench: Bench): Promise<Figure[]> {
    return [...(await creates('memory', bench)), ...(await creates('nats', bench))];
  },
};

async function creates(bus: 'memory' | 'nats', bench: Bench): Promise<Figure[]> {
  const options = ['--bus', bus, '--containers', 'simulated'];
  await using cluster = await OrreryCluster.up(join(bench.folder, 'creates'), options);
  return [
    await createsOf('configmaps', bus, cluster, bench, { atLeast: 2_000 }),
    await createsOf('pods', bus, cluster, bench),
  ];
}

async function createsOf(
  resource: keyof typeof kinds,
  bus: string,
  cluster: OrreryCluster,
  bench: Bench,
  target?: Target,
): Promise<Figure> {
  let created = 0;
  const next = (): string => {
    const object = kinds[resource](`bench-${created++}`);
    return requestBytes('POST', `/api/v1/namespaces/default/${resource}`, JSON.stringify(object));
  };
  const name = `create of ${resource}, ${bus} bus`;
  const result = await profiledRun(name, cluster, bench, () =>
    load(endpointOf(cluster), { ...loop, clients, next, status: 201 }),
  );
  bench.progress(`${name}: ${describeLoad(result)}`);
  const note = `${clients} clients, p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms`;
  return { name, value: result.perSecond, unit: 'requests/s', note, ...(target && { target }) };
}
