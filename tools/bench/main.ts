/**
 * Measures how fast the product is, as a user meets it, and prints a table in Markdown. Nothing outlives it.
 *
 *   npm run bench [name …]        all without a name
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiSpeed } from './api.bench.ts';
import { stopAllClusters } from './cluster/orrery-cluster.ts';
import { coldStart } from './cold-start.bench.ts';
import { idleMemory } from './idle-memory.bench.ts';
import { podLatency } from './pod-latency.bench.ts';
import type { Benchmark } from './report/figure.ts';
import { markdownTable, plainTable, type Result } from './report/tables.ts';
import { storageSpeed } from './storage.bench.ts';
import { testCluster } from './test-cluster.bench.ts';
import { throughput } from './throughput.bench.ts';

const benchmarks: readonly Benchmark[] = [
  coldStart,
  testCluster,
  idleMemory,
  podLatency,
  throughput,
  apiSpeed,
  storageSpeed,
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function chosen(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0) {
    const list = benchmarks.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n');
    process.stderr.write(`there is no benchmark ${unknown.join(', ')}; there are\n${list}\n`);
    process.exit(2);
  }
  return names.length === 0 ? benchmarks : benchmarks.filter(({ name }) => names.includes(name));
}

async function measure(benchmark: Benchmark): Promise<Result> {
  say(`\n${benchmark.name}: ${benchmark.about} (load average before: ${loadavg()[0]?.toFixed(2)})`);
  const folder = mkdtempSync(join(tmpdir(), 'orrery-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const figures = await benchmark.run({ folder, progress: (line) => say(`  ${line}`) });
    return { benchmark: benchmark.name, figures };
  } finally {
    remove();
    process.off('exit', remove);
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopAllClusters().finally(() => process.exit(130)));
}
const results: Result[] = [];
let failures = 0;
for (const benchmark of chosen(process.argv.slice(2))) {
  try {
    const result = await measure(benchmark);
    results.push(result);
    say(`\n${plainTable([result])}`);
  } catch (error) {
    failures++;
    say(`  failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
const [processor] = cpus();
say(`\n${cpus().length} × ${processor?.model.trim()}, Node ${process.versions.node}\n\n${markdownTable(results)}`);
process.exit(failures === 0 ? 0 : 1);
