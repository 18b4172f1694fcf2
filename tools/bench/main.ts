/**
 * Measures how fast the product is, as a user meets it, and prints a table in Markdown. Nothing outlives it.
 *
 *   npm run bench [--] [--profile] [name …]        all without a name; `api` stands for all whose names begin with `api-`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apiCreates } from './api-creates.bench.ts';
import { apiMemory } from './api-memory.bench.ts';
import { apiReads } from './api-reads.bench.ts';
import { apiWatches } from './api-watches.bench.ts';
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
  apiReads,
  apiCreates,
  apiWatches,
  apiMemory,
  storageSpeed,
];

const { values, positionals: names } = parseArgs({ options: { profile: { type: 'boolean' } }, allowPositionals: true });
const profile = values.profile === true;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

function chosen(names: readonly string[]): readonly Benchmark[] {
  const isMeant = (name: string, benchmark: Benchmark): boolean => `${benchmark.name}-`.startsWith(`${name}-`);
  const unknown = names.filter((name) => !benchmarks.some((benchmark) => isMeant(name, benchmark)));
  if (unknown.length > 0) {
    const list = benchmarks.map(({ name, about }) => `  ${name.padEnd(14)}${about}`).join('\n');
    process.stderr.write(`there is no benchmark ${unknown.join(', ')}; there are\n${list}\n`);
    process.exit(2);
  }
  return names.length === 0
    ? benchmarks
    : benchmarks.filter((benchmark) => names.some((name) => isMeant(name, benchmark)));
}

async function measure(benchmark: Benchmark): Promise<Result> {
  say(`\n${benchmark.name}: ${benchmark.about} (load average before: ${loadavg()[0]?.toFixed(2)})`);
  const folder = mkdtempSync(join(tmpdir(), 'orrery-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const figures = await benchmark.run({ folder, profile, progress: (line) => say(`  ${line}`) });
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
for (const benchmark of chosen(names)) {
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
