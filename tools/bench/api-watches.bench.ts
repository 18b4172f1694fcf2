import { join } from 'node:path';
import { exampleConfigMap } from './cluster/example-objects.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { createMany, endpointOf } from './http/api-load.ts';
import { HttpConnection, requestBytes } from './http/http-connection.ts';
import { WatchConnection } from './http/watch-connection.ts';
import { profiledRun } from './profile/profiled-run.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';
import { percentile } from './report/statistics.ts';

const watchers = 1_000;
const changesPerSecond = 100;
const seconds = 6;
/** The first changes count for nothing: the server's code is not compiled yet. */
const warmUpChanges = 100;
const objects = 100;
const collection = '/api/v1/namespaces/default/configmaps';

export const apiWatches: Benchmark = {
  name: 'api-watches',
  about: `${watchers} watchers of one collection over HTTPS at ${changesPerSecond} changes a second`,
  async run(bench: Bench): Promise<Figure[]> {
    await using cluster = await OrreryCluster.up(join(bench.folder, 'watches'), ['--bus', 'memory']);
    const endpoint = endpointOf(cluster);
    await createMany(endpoint, collection, objects, (index) => exampleConfigMap(`watched-${index}`));
    const sentAt: number[] = [];
    const latencies: number[] = [];
    const changed = (change: number): void => {
      if (change >= warmUpChanges) latencies.push(performance.now() - (sentAt[change] ?? Number.NaN));
    };
    const watches = await Promise.all(
      Array.from({ length: watchers }, () => WatchConnection.open(endpoint, `${collection}?watch=1`, changed)),
    );
    const writers = await Promise.all(Array.from({ length: 16 }, () => HttpConnection.open(endpoint)));
    const rate = await profiledRun('watches', cluster, bench, async () => {
      const kept = await change(writers, sentAt);
      await Promise.all(watches.map((watch) => watch.until(changes)));
      return kept;
    });
    for (const connection of [...writers, ...watches]) connection.close();
    return figuresOf(latencies, rate);
  },
};

const changes = warmUpChanges + changesPerSecond * seconds;

/** Sends a change each hundredth of a second; the writers take turns, so that a slow answer holds nobody up. Answers the rate that was kept. */
async function change(writers: readonly HttpConnection[], sentAt: number[]): Promise<number> {
  const answered: Promise<unknown>[] = [];
  const begun = performance.now();
  for (let index = 0; index < changes; index++) {
    await untilDue(begun + (index * 1000) / changesPerSecond);
    const turn = index % writers.length;
    await answered[turn];
    sentAt[index] = performance.now();
    answered[turn] = changeOne(writers[turn], index);
  }
  await Promise.all(answered);
  return (changes * 1000) / (performance.now() - begun);
}

async function changeOne(writer: HttpConnection | undefined, index: number): Promise<void> {
  const body = JSON.stringify({ data: { change: WatchConnection.marked(index) } });
  const path = `${collection}/watched-${index % objects}`;
  const status = await writer?.request(requestBytes('PATCH', path, body, 'application/merge-patch+json'));
  if (status !== 200) throw new Error(`the server answered ${status} to a change`);
}

function untilDue(at: number): Promise<void> | undefined {
  const ms = at - performance.now();
  return ms <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
}

function figuresOf(latencies: readonly number[], rate: number): Figure[] {
  const events = `${latencies.length} events, p50 ${percentile(latencies, 0.5).toFixed(0)} ms`;
  return [
    {
      name: `watch: ${watchers} watchers, ${changesPerSecond} changes a second, p99 from request to event`,
      value: percentile(latencies, 0.99),
      unit: 'ms',
      target: { atMost: 250 },
      note: `${rate.toFixed(0)} changes/s were made, ${events}`,
    },
  ];
}
