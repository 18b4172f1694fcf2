import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pod } from '@orrery/api';
import { HttpApiClient } from '@orrery/client';
import { SystemTimers } from '@orrery/runtime';
import { Server } from './cluster/child-process.ts';
import { exampleConfigMap, examplePod } from './cluster/example-objects.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { closedLoop, type LoopResult } from './http/closed-loop.ts';
import { type Endpoint, HttpConnection, requestBytes } from './http/http-connection.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';

const clients = 64;
const listed = 1_000;
const loop = { warmUpMs: 1_500, durationMs: 4_000, requestsMax: 100_000 };
const bareServer = fileURLToPath(new URL('./http/bare-server.ts', import.meta.url));

export const apiSpeed: Benchmark = {
  name: 'api',
  about: `requests a second with ${clients} clients over HTTPS: GET, LIST of ${listed} pods, create; GET and LIST against bare servers`,
  async run(bench: Bench): Promise<Figure[]> {
    return [...(await reads(bench)), await creates('memory', bench), await creates('nats', bench)];
  },
};

async function reads(bench: Bench): Promise<Figure[]> {
  await using cluster = await OrreryCluster.up(join(bench.folder, 'reads'), ['--bus', 'memory']);
  await createPods(cluster);
  const figures: Figure[] = [];
  for (const { name, path } of [
    { name: 'GET of a pod', path: '/api/v1/namespaces/default/pods/pod-0' },
    { name: `LIST of ${listed} pods`, path: '/api/v1/namespaces/default/pods' },
  ]) {
    figures.push(...(await againstBareServers(name, path, cluster, bench)));
  }
  return figures;
}

/** Pods that no scheduler takes, so that nothing but the benchmark happens. */
async function createPods({ access }: OrreryCluster): Promise<void> {
  const api = new HttpApiClient(access, new SystemTimers());
  const names = Array.from({ length: listed }, (_, index) => `pod-${index}`);
  await Promise.all(names.map((name) => api.create(Pod, examplePod(name, { schedulerName: 'nobody' }))));
  api.close();
}

/** The three servers one after the other, twice over, so that a busy minute of the machine does not hit one of them alone. */
async function againstBareServers(
  name: string,
  path: string,
  cluster: OrreryCluster,
  { folder, progress }: Bench,
): Promise<Figure[]> {
  const ours = endpointOf(cluster);
  const files = await yardstickFiles(folder, ours, path, cluster);
  await using http = new Server(process.execPath, [bareServer, files.body]);
  await using https = new Server(process.execPath, [bareServer, files.body, files.pem]);
  const endpoints: Record<string, Endpoint> = {
    ours,
    https: { port: Number(await https.firstLine()), access: ours.access },
    http: { port: Number(await http.firstLine()) },
  };
  const best: Record<string, number> = {};
  for (const server of ['ours', 'https', 'http', 'ours', 'https', 'http']) {
    const endpoint = endpoints[server];
    if (!endpoint) continue;
    const result = await load(endpoint, () => requestBytes('GET', path), 200);
    progress(`${name}, ${server}: ${describe(result)}`);
    best[server] = Math.max(best[server] ?? 0, result.perSecond);
  }
  const { ours: own = Number.NaN, https: bareHttps = Number.NaN, http: bareHttp = Number.NaN } = best;
  const size = `${(files.bytes / 1000).toFixed(1)} kB`;
  const target = name.startsWith('LIST') ? { atMost: 1.5 } : undefined;
  return [
    { name: `${name}, ${clients} clients, HTTPS`, value: own, unit: 'requests/s', note: size },
    { name: `${name}: time against bare node:https, same bytes`, value: bareHttps / own, unit: '×' },
    { name: `${name}: time against bare node:http (no TLS), same bytes`, value: bareHttp / own, unit: '×', target },
  ];
}

/** What our server sends, and the key and certificate it sends it with. */
async function yardstickFiles(folder: string, endpoint: Endpoint, path: string, { folder: data }: OrreryCluster) {
  const connection = (await HttpConnection.open(endpoint)).keepBody();
  await connection.request(requestBytes('GET', path));
  const { body } = connection;
  connection.close();
  const { apiserver } = JSON.parse(readFileSync(join(data, 'certificates.json'), 'utf8')) as {
    apiserver: { key: string; certificate: string };
  };
  mkdirSync(folder, { recursive: true });
  const files = { body: join(folder, 'body'), pem: join(folder, 'server.pem'), bytes: body.length };
  writeFileSync(files.body, body);
  writeFileSync(files.pem, `${apiserver.key}\n${apiserver.certificate}`, { mode: 0o600 });
  return files;
}

async function creates(bus: 'memory' | 'nats', { folder, progress }: Bench): Promise<Figure> {
  const options = ['--bus', bus, '--containers', 'simulated'];
  await using cluster = await OrreryCluster.up(join(folder, 'creates'), options);
  let created = 0;
  const next = (): string =>
    requestBytes('POST', '/api/v1/namespaces/default/configmaps', JSON.stringify(exampleConfigMap(`c-${created++}`)));
  const result = await load(endpointOf(cluster), next, 201);
  progress(`create, ${bus} bus: ${describe(result)}`);
  return {
    name: `create of a ConfigMap, ${clients} clients, HTTPS, one storage member with fsync, ${bus} bus`,
    value: result.perSecond,
    unit: 'requests/s',
    note: `p50 ${result.p50Ms.toFixed(1)} ms, p99 ${result.p99Ms.toFixed(1)} ms`,
  };
}

async function load(endpoint: Endpoint, next: () => string, expected: number): Promise<LoopResult> {
  const connections = await Promise.all(Array.from({ length: clients }, () => HttpConnection.open(endpoint)));
  const send = (connection: HttpConnection) => async () => {
    const status = await connection.request(next());
    if (status !== expected) throw new Error(`the server answered ${status} instead of ${expected}`);
  };
  try {
    return await closedLoop(connections.map(send), loop);
  } finally {
    for (const connection of connections) connection.close();
  }
}

function endpointOf({ access }: OrreryCluster): Endpoint {
  return { port: Number(new URL(access.server).port), access };
}

function describe({ perSecond, p50Ms, p99Ms, clientCores }: LoopResult): string {
  return `${Math.round(perSecond)}/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, load generator ${clientCores.toFixed(2)} cores`;
}
