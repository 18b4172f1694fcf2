import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { processorSeconds, proportionalMegabytes } from './cluster/process-tree.ts';
import { closedLoop, type LoopResult } from './http/closed-loop.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';
import { etcdVersion, startEtcdPeer } from './storage-peers/etcd-peer.ts';
import { startOrreryPeer } from './storage-peers/orrery-peer.ts';
import type { Peer } from './storage-peers/peer.ts';
import type { StorageClient, WatchingClient } from './storage-peers/storage-client.ts';

const members = 3;
const value = Buffer.alloc(1_500, 'x');
const keys = 10_000;
const loop = { warmUpMs: 1_000, durationMs: 3_000, requestsMax: 60_000 };
const crowd = 256;
const rangeKeys = 1_000;
const rangeClients = 8;
const watchers = 100;
const watchedPuts = 200;
const memoryKeys = 100_000;
const logBytes = 1024 * 1024 * 1024;
/** Fits into one frame of HTTP/2, and so many at once into the window that etcd gives each connection at first: our client watches neither. */
const bigValue = Buffer.alloc(15_000, 'y');
const bigPuts = 32;
/** Each peer runs that often, taking turns, and its best counts: a busy minute of the machine must not decide. */
const rounds = 2;

/** One line of the table: per second, or milliseconds, or megabytes; the better direction is known by the unit. */
interface Row {
  readonly name: string;
  readonly unit: '/s' | 'ms' | 'MB' | 's';
  readonly value: number;
}

export const storageSpeed: Benchmark = {
  name: 'storage',
  about: `three members with fsync against etcd with three members, values of ${value.length} bytes, the same client program`,
  async run(bench: Bench): Promise<Figure[]> {
    const version = etcdVersion();
    bench.progress(version ? `etcd ${version}` : 'etcd is not installed: no comparison');
    const ours = new BestRows();
    const theirs = new BestRows();
    for (let round = 0; round < rounds; round++) {
      if (version !== undefined) theirs.add(await withPeer(startEtcdPeer, bench, (peer) => underLoad(peer, bench)));
      ours.add(await withPeer(startOrreryPeer, bench, (peer) => underLoad(peer, bench)));
    }
    if (version !== undefined) theirs.add(await withPeer(startEtcdPeer, bench, (peer) => recovery(peer, bench)));
    ours.add(await withPeer(startOrreryPeer, bench, (peer) => recovery(peer, bench)));
    for (const line of sideBySide(ours.rows, theirs.rows, version)) bench.progress(line);
    return figures(ours.rows, theirs.rows, version);
  },
};

/** Keeps of each row the best value that was seen. */
class BestRows {
  readonly rows = new Map<string, Row>();

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const known = this.rows.get(row.name);
      const better = known === undefined || (row.unit === '/s' ? row.value > known.value : row.value < known.value);
      if (better) this.rows.set(row.name, row);
    }
  }
}

/** For reading, in Markdown. The last column says how many times better we are. */
function sideBySide(ours: ReadonlyMap<string, Row>, theirs: ReadonlyMap<string, Row>, version = ''): string[] {
  const text = (row: Row | undefined): string =>
    row === undefined ? '' : `${row.value.toFixed(row.unit === '/s' || row.unit === 'MB' ? 0 : 2)} ${row.unit}`;
  const lines = [...ours.values()].map((row) => {
    const other = theirs.get(row.name);
    const ratio = other === undefined ? '' : `${timesBetter(row, other).toFixed(2)} ×`;
    return `| ${row.name} | ${text(row)} | ${text(other)} | ${ratio} |`;
  });
  return [`| three members, fsync | orrery | etcd ${version} | better by |`, '|---|---:|---:|---:|', ...lines];
}

function timesBetter(ours: Row, theirs: Row): number {
  return ours.unit === '/s' ? ours.value / theirs.value : theirs.value / ours.value;
}

/** Ours beside etcd's, and how they relate; above 1 we are better. What only we have stands alone. */
function figures(ours: ReadonlyMap<string, Row>, theirs: ReadonlyMap<string, Row>, version = ''): Figure[] {
  return [...ours.values()].flatMap((row) => {
    const { name, unit, value } = row;
    const other = theirs.get(name);
    const own: Figure = { name: `orrery: ${name}`, value, unit };
    if (other === undefined) return [own];
    const atLeast = name === `puts, ${crowd} clients` ? 1.5 : name === 'puts, 1 client, p50' ? 1 : 0.9;
    return [
      own,
      { name: `etcd ${version}: ${name}`, value: other.value, unit },
      { name: `against etcd: ${name}`, value: timesBetter(row, other), unit: '×', target: { atLeast } },
    ];
  });
}

async function withPeer(
  start: (folder: string, members: number) => Promise<Peer>,
  { folder }: Bench,
  measure: (peer: Peer) => Promise<Row[]>,
): Promise<Row[]> {
  const data = join(folder, 'peer');
  try {
    await using peer = await start(data, members);
    return await measure(peer);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

async function underLoad(peer: Peer, bench: Bench): Promise<Row[]> {
  await using client = await peer.grpc(crowd);
  const rows = await requests(client, peer, bench, '');
  rows.push(...(await fanOut(client, peer, bench)));
  // Both have the same behind them then.
  rows.push(await memory(client, peer, bench));
  if (peer.bus !== undefined) {
    await using bus = await peer.bus();
    rows.push(...(await requests(bus, peer, bench, 'through the bus: ')));
  }
  return rows;
}

/** Puts, gets and ranges, each with one client and with more. */
async function requests(client: StorageClient, peer: Peer, bench: Bench, way: string): Promise<Row[]> {
  const rows: Row[] = [];
  let n = 0;
  const measure = async (what: string, count: number, send: (client: number) => Promise<unknown>): Promise<void> => {
    const before = sumOf(peer.pids(), processorSeconds);
    const clients = Array.from({ length: count }, (_, index) => async () => {
      await send(index);
    });
    const result = await closedLoop(clients, loop);
    const name = `${way}${what}, ${count} client${count === 1 ? '' : 's'}`;
    rows.push(
      { name, unit: '/s', value: result.perSecond },
      { name: `${name}, p50`, unit: 'ms', value: result.p50Ms },
      { name: `${name}, p99`, unit: 'ms', value: result.p99Ms },
    );
    bench.progress(`${peer.name}: ${name}: ${describe(result, sumOf(peer.pids(), processorSeconds) - before)}`);
  };
  for (const count of [1, 32, crowd]) await measure('puts', count, (index) => client.put(index, keyOf(n++), value));
  for (const count of [1, 32, crowd]) await measure('gets', count, (index) => client.get(index, keyOf(n++)));
  await measure(`ranges of ${rangeKeys}`, rangeClients, async (index) => {
    const bytes = await client.range(index, keyOf(n), rangeKeys);
    n += 7;
    if (bytes < value.length) throw new Error('a range is empty');
  });
  return rows;
}

function sumOf(pids: readonly number[], figure: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + figure(pid), 0);
}

function keyOf(n: number): string {
  return `/bench/${String(n % keys).padStart(8, '0')}`;
}

function describe({ perSecond, p50Ms, p99Ms, clientCores }: LoopResult, processor: number): string {
  const servers = (processor / (perSecond * ((loop.warmUpMs + loop.durationMs) / 1000))) * 1e6;
  const latency = `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
  return `${Math.round(perSecond)}/s, ${latency}; processor: servers about ${servers.toFixed(0)} µs each, load generator ${clientCores.toFixed(2)} cores`;
}

/** From sending a put to the event at each of many watchers. */
async function fanOut(client: WatchingClient, peer: Peer, bench: Bench): Promise<Row[]> {
  let sentAt = 0;
  let waiting = 0;
  let allSeen = (): void => {};
  const latencies: number[] = [];
  const onEvents = (): void => {
    latencies.push(performance.now() - sentAt);
    if (--waiting === 0) allSeen();
  };
  for (let n = 0; n < watchers; n++) await client.watch('/watched/', onEvents);
  for (let n = 0; n < watchedPuts; n++) {
    waiting = watchers;
    const seen = new Promise<void>((resolve) => {
      allSeen = resolve;
    });
    sentAt = performance.now();
    await Promise.all([client.put(0, `/watched/${n}`, value), seen]);
  }
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  const name = `put to event, ${watchers} watchers`;
  bench.progress(`${peer.name}: ${name}: p50 ${at(0.5).toFixed(2)} ms, p99 ${at(0.99).toFixed(2)} ms`);
  return [
    { name: `${name}, p50`, unit: 'ms', value: at(0.5) },
    { name: `${name}, p99`, unit: 'ms', value: at(0.99) },
  ];
}

/** Memory of all members, and of the broker between ours, after a number of keys beside what the load has left. */
async function memory(client: StorageClient, peer: Peer, bench: Bench): Promise<Row> {
  let n = 0;
  const worker = async (index: number): Promise<void> => {
    while (n < memoryKeys) await client.put(index, `/memory/${String(n++).padStart(8, '0')}`, value);
  };
  await Promise.all(Array.from({ length: crowd }, (_, index) => worker(index)));
  const megabytes = sumOf(peer.pids(), proportionalMegabytes);
  bench.progress(`${peer.name}: memory after ${memoryKeys} more keys: ${megabytes.toFixed(0)} MB`);
  return { name: `memory after ${memoryKeys} more keys`, unit: 'MB', value: megabytes };
}

/** Kill of all members at once behind a gigabyte of puts, until a linearizable read is answered again. */
async function recovery(peer: Peer, bench: Bench): Promise<Row[]> {
  {
    await using client = await peer.grpc(crowd);
    let n = 0;
    const worker = async (index: number): Promise<void> => {
      while (n * bigValue.length < logBytes) await client.put(index, `/big/${n++ % 1_000}`, bigValue);
    };
    await Promise.all(Array.from({ length: bigPuts }, (_, index) => worker(index)));
  }
  await peer.kill();
  const before = performance.now();
  await peer.restart();
  const seconds = (performance.now() - before) / 1000;
  bench.progress(`${peer.name}: recovery: ${seconds.toFixed(2)} s`);
  return [{ name: 'recovery with 1 GB of log', unit: 's', value: seconds }];
}
