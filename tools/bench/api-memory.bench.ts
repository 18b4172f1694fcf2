import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { examplePod } from './cluster/example-objects.ts';
import { OrreryCluster } from './cluster/orrery-cluster.ts';
import { createMany, endpointOf } from './http/api-load.ts';
import { type Endpoint, HttpConnection, requestBytes } from './http/http-connection.ts';
import type { HeldMemory } from './profile/inspector.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';

const stored = 10_000;
const pods = '/api/v1/namespaces/default/pods';
/** Long enough for what is in flight between the services to arrive. */
const settleMs = 2_000;

export const apiMemory: Benchmark = {
  name: 'api-memory',
  about: `memory that each of ${stored} pods takes in the API server and in storage, against its JSON`,
  async run({ folder, progress }: Bench): Promise<Figure[]> {
    const options = ['--processes', '--containers', 'simulated'];
    await using cluster = await OrreryCluster.up(join(folder, 'memory'), options);
    const endpoint = endpointOf(cluster);
    const create = (from: number, count: number) =>
      createMany(endpoint, pods, count, (index) => examplePod(`pod-${from + index}`, { schedulerName: 'nobody' }));
    // What the first pods bring into memory is code and tables, not pods.
    await create(0, 500);
    await sleep(settleMs);
    using apiserver = await cluster.inspect('apiserver-1');
    const before = await apiserver.heldMemory();
    await create(500, stored);
    await sleep(settleMs);
    const each = growth(before, await apiserver.heldMemory());
    const json = (await listBytes(endpoint)) / (stored + 500);
    await select(endpoint);
    const searched = growth(before, await apiserver.heldMemory());
    progress(
      `JSON ${Math.round(json)} bytes; API server ${describe(each)}; after a list and a search ${describe(searched)}`,
    );
    const name = 'memory of a stored pod in the API server against its JSON';
    const note = `${Math.round(json)} bytes of JSON`;
    return [
      { name, value: total(each) / json, unit: '×', target: { atMost: 2.5 }, note },
      { name: `${name}, after a list and a search`, value: total(searched) / json, unit: '×', target: { atMost: 2.5 } },
    ];
  },
};

/** Bytes that the pods have as JSON, as a client gets them. */
async function listBytes(endpoint: Endpoint): Promise<number> {
  const connection = (await HttpConnection.open(endpoint)).keepBody();
  await connection.request(requestBytes('GET', pods));
  const { length } = connection.body;
  connection.close();
  return length;
}

/** Has the server look into each pod. */
async function select(endpoint: Endpoint): Promise<void> {
  const connection = await HttpConnection.open(endpoint);
  await connection.request(requestBytes('GET', `${pods}?labelSelector=app%3Dnone&fieldSelector=spec.nodeName%3Dnone`));
  connection.close();
}

/** Per pod. */
function growth(before: HeldMemory, after: HeldMemory): HeldMemory {
  return { heap: (after.heap - before.heap) / stored, buffers: (after.buffers - before.buffers) / stored };
}

function total({ heap, buffers }: HeldMemory): number {
  return heap + buffers;
}

function describe({ heap, buffers }: HeldMemory): string {
  return `${Math.round(heap)} bytes of heap and ${Math.round(buffers)} of buffers`;
}
