import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './cluster/child-process.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';
import { median } from './report/statistics.ts';
import type { StartTimes } from './test-cluster/measure-start.ts';

const runs = 5;
const atOnce = 8;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** How a cluster is started: answers the times of `count` clusters that start at once, each in a process of its own. */
type Starter = (count: number, folder: string) => Promise<StartTimes[]>;

export const testCluster: Benchmark = {
  name: 'test-cluster',
  about: `startCluster() until its node is Ready, in plain Node and in a Jest test, alone and ${atOnce} at once`,
  async run(bench: Bench): Promise<Figure[]> {
    return [...(await measure('plain Node', inPlainNode, bench)), ...(await measure('a Jest test', inJest, bench))];
  },
};

async function measure(where: string, starter: Starter, { folder, progress }: Bench): Promise<Figure[]> {
  // The first run compiles what later ones find in a cache.
  await starter(1, folder);
  const alone: StartTimes[] = [];
  for (let run = 0; run < runs; run++) alone.push(...(await starter(1, folder)));
  const crowd = await starter(atOnce, folder);
  progress(`${where}, alone: ${alone.map(describe).join(', ')} ms`);
  progress(`${where}, ${atOnce} at once: ${crowd.map(describe).join(', ')} ms`);
  const startAlone = median(alone.map(({ startMs }) => startMs));
  const withImport = median(alone.map(({ importMs, startMs }) => importMs + startMs));
  const slowest = Math.max(...crowd.map(({ startMs }) => startMs));
  const slowestWithImport = Math.max(...crowd.map(({ importMs, startMs }) => importMs + startMs));
  return [
    { name: `startCluster() to Ready in ${where}, alone`, value: startAlone, unit: 'ms', target: { atMost: 700 } },
    { name: `the same with loading the modules`, value: withImport, unit: 'ms' },
    {
      name: `startCluster() to Ready in ${where}, slowest of ${atOnce} at once`,
      value: slowest,
      unit: 'ms',
      target: { atMost: 2_000 },
    },
    { name: `the same with loading the modules`, value: slowestWithImport, unit: 'ms' },
  ];
}

const inPlainNode: Starter = async (count) => {
  const script = fileURLToPath(new URL('./test-cluster/start-once.ts', import.meta.url));
  const one = async (): Promise<StartTimes> => JSON.parse(await runProgram(process.execPath, [script])) as StartTimes;
  return Promise.all(Array.from({ length: count }, one));
};

/** As many Jest projects with the same test as clusters, each run by a worker of its own. */
const inJest: Starter = async (count, folder) => {
  const report = join(folder, 'start-times.jsonl');
  writeFileSync(report, '');
  const config = join(root, 'tools/bench/test-cluster/jest.config.mjs');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, join(root, 'node_modules/jest/bin/jest.js'), `--config=${config}`, `--maxWorkers=${count}`];
  const env = { ...process.env, ORRERY_BENCH_REPORT: report, ORRERY_BENCH_CLUSTERS: String(count), NODE_OPTIONS: '' };
  await runProgram(process.execPath, args, { env, cwd: root });
  return readFileSync(report, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as StartTimes);
};

function describe({ importMs, startMs }: StartTimes): string {
  return `${Math.round(startMs)} (+${Math.round(importMs)})`;
}
