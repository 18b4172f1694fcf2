import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from './cluster/child-process.ts';
import { examplePod } from './cluster/example-objects.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { createMany, describeLoad, endpointOf, load } from './http/api-load.ts';
import { type Endpoint, HttpConnection, requestBytes } from './http/http-connection.ts';
import { profiledRun } from './profile/profiled-run.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';

const listed = 10_000;
const pods = '/api/v1/namespaces/default/pods';
const loop = { warmUpMs: 1_500, durationMs: 4_000, requestsMax: 400_000 };
/** The best of some rounds counts, in which all servers take turns, so that a busy minute of the machine does not hit one of them alone. */
const rounds = 2;

type Yardstick = 'fastify' | 'https' | 'http';

/** One kind of request, and the servers that it is held against. */
interface Read {
  readonly name: string;
  readonly path: string;
  readonly clients: number;
  readonly yardsticks: readonly Yardstick[];
}

/** Requests a second. */
type Speeds = Readonly<Record<'ours' | Yardstick, number>>;

export const apiReads: Benchmark = {
  name: 'api-reads',
  about: `GET of a pod and LIST of ${listed} pods over HTTPS, against bare servers that send the same bytes`,
  async run(bench: Bench): Promise<Figure[]> {
    await using cluster = await OrreryCluster.up(join(bench.folder, 'reads'), ['--bus', 'memory']);
    // Pods that no scheduler takes, so that nothing but the benchmark happens.
    await createMany(endpointOf(cluster), pods, listed, (index) =>
      examplePod(`pod-${index}`, { schedulerName: 'nobody' }),
    );
    return [...(await gets(cluster, bench)), ...(await lists(cluster, bench))];
  },
};

async function gets(cluster: OrreryCluster, bench: Bench): Promise<Figure[]> {
  const name = 'GET of a pod';
  const read: Read = { name, path: `${pods}/pod-0`, clients: 64, yardsticks: ['fastify', 'https'] };
  const { speeds, size } = await measure(read, cluster, bench);
  const note = `${read.clients} clients, ${size}`;
  return [
    { name, value: speeds.ours, unit: 'requests/s', note },
    {
      name: `${name}: share of what a bare Fastify route serves`,
      value: speeds.ours / speeds.fastify,
      unit: '×',
      target: { atLeast: 0.6 },
    },
    { name: `${name}: share of what a bare node:https serves`, value: speeds.ours / speeds.https, unit: '×' },
  ];
}

async function lists(cluster: OrreryCluster, bench: Bench): Promise<Figure[]> {
  const name = `LIST of ${listed} pods`;
  const read: Read = { name, path: pods, clients: 4, yardsticks: ['https', 'http'] };
  const { speeds, size } = await measure(read, cluster, bench);
  const note = `${read.clients} clients, ${size}`;
  return [
    { name, value: speeds.ours, unit: 'requests/s', note },
    {
      name: `${name}: time against bare node:https`,
      value: speeds.https / speeds.ours,
      unit: '×',
      target: { atMost: 1.5 },
    },
    { name: `${name}: time against bare node:http (no TLS)`, value: speeds.http / speeds.ours, unit: '×' },
  ];
}

async function measure(read: Read, cluster: OrreryCluster, bench: Bench): Promise<{ speeds: Speeds; size: string }> {
  const ours = endpointOf(cluster);
  const files = await yardstickFiles(bench.folder, ours, read.path, cluster);
  const best = { ours: 0, fastify: 0, https: 0, http: 0 };
  for (let round = 0; round < rounds; round++) {
    const own = await profiledRun(read.name, cluster, bench, () => loaded('ours', ours, read, bench));
    best.ours = Math.max(best.ours, own);
    for (const yardstick of read.yardsticks) {
      await using server = new Server(process.execPath, yardstickCommand(yardstick, files));
      const port = Number(await server.firstLine());
      const endpoint = yardstick === 'http' ? { port } : { port, access: cluster.access };
      best[yardstick] = Math.max(best[yardstick], await loaded(yardstick, endpoint, read, bench));
    }
  }
  return { speeds: best, size: `${(files.bytes / 1000).toFixed(1)} kB` };
}

async function loaded(server: string, endpoint: Endpoint, { name, path, clients }: Read, { progress }: Bench) {
  const request = requestBytes('GET', path);
  const result = await load(endpoint, { ...loop, clients, next: () => request, status: 200 });
  progress(`${name}, ${server}: ${describeLoad(result)}`);
  return result.perSecond;
}

interface YardstickFiles {
  readonly body: string;
  readonly pem: string;
  readonly bytes: number;
}

function yardstickCommand(yardstick: Yardstick, { body, pem }: YardstickFiles): string[] {
  const program = fileURLToPath(
    new URL(yardstick === 'fastify' ? './http/fastify-server.ts' : './http/bare-server.ts', import.meta.url),
  );
  return yardstick === 'http' ? [program, body] : [program, body, pem];
}

/** What our server sends, and the key and certificate it sends it with. */
async function yardstickFiles(
  folder: string,
  endpoint: Endpoint,
  path: string,
  { folder: data }: OrreryCluster,
): Promise<YardstickFiles> {
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
