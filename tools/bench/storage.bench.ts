import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { closedLoop, type LoopResult } from './http/closed-loop.ts';
import type { Bench, Benchmark, Figure } from './report/figure.ts';
import { etcdVersion, startEtcdPeer } from './storage-peers/etcd-peer.ts';
import { startOrreryPeer } from './storage-peers/orrery-peer.ts';
import type { Peer } from './storage-peers/peer.ts';

const crowd = 256;
const crowdLoop = { warmUpMs: 1_500, durationMs: 4_000, requestsMax: 100_000 };
const aloneLoop = { warmUpMs: 500, durationMs: 2_000, requestsMax: 10_000 };
/** As in etcd's own benchmark. */
const value = Buffer.alloc(256, 'x');
const keys = 10_000;
/** Each peer runs that often, taking turns, and its best counts: a busy minute of the machine must not decide. */
const rounds = 2;

interface Speed {
  readonly crowd: LoopResult;
  readonly alone: LoopResult;
}

export const storageSpeed: Benchmark = {
  name: 'storage',
  about: `puts of ${value.length} bytes with fsync, ${crowd} clients and one, against etcd in the same run`,
  async run(bench: Bench): Promise<Figure[]> {
    const version = etcdVersion();
    bench.progress(version ? `etcd ${version}` : 'etcd is not installed: no comparison');
    return [...(await compare(1, version, bench)), ...(await compare(3, version, bench))];
  },
};

async function compare(members: number, version: string | undefined, bench: Bench): Promise<Figure[]> {
  const ours: Speed[] = [];
  const theirs: Speed[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measure(startOrreryPeer, members, bench));
    if (version !== undefined) theirs.push(await measure(startEtcdPeer, members, bench));
  }
  const replicas = members === 1 ? '1 member' : `${members} members`;
  const own = best(ours);
  const figures: Figure[] = [
    { name: `storage puts, ${crowd} clients, ${replicas}`, value: own.perSecond, unit: 'puts/s' },
    { name: `storage put, one client, p50, ${replicas}`, value: own.aloneP50Ms, unit: 'ms' },
  ];
  if (theirs.length === 0) return figures;
  const etcd = best(theirs);
  const binds = members === 3;
  return [
    ...figures,
    { name: `etcd ${version} puts, ${crowd} clients, ${replicas}`, value: etcd.perSecond, unit: 'puts/s' },
    { name: `etcd ${version} put, one client, p50, ${replicas}`, value: etcd.aloneP50Ms, unit: 'ms' },
    {
      name: `storage against etcd, puts, ${crowd} clients, ${replicas}`,
      value: own.perSecond / etcd.perSecond,
      unit: '×',
      ...(binds && { target: { atLeast: 1.5 } }),
    },
    {
      name: `storage against etcd, latency of one client, ${replicas}`,
      value: own.aloneP50Ms / etcd.aloneP50Ms,
      unit: '×',
      ...(binds && { target: { atMost: 1 } }),
    },
  ];
}

function best(speeds: readonly Speed[]): { perSecond: number; aloneP50Ms: number } {
  return {
    perSecond: Math.max(...speeds.map(({ crowd }) => crowd.perSecond)),
    aloneP50Ms: Math.min(...speeds.map(({ alone }) => alone.p50Ms)),
  };
}

async function measure(
  start: (folder: string, members: number) => Promise<Peer>,
  members: number,
  { folder, progress }: Bench,
): Promise<Speed> {
  const data = join(folder, 'peer');
  try {
    await using peer = await start(data, members);
    const speed = {
      crowd: await closedLoop(clientsOf(peer, crowd), crowdLoop),
      alone: await closedLoop(clientsOf(peer, 1), aloneLoop),
    };
    progress(`${peer.name}, ${members}: ${describe(speed)}`);
    return speed;
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function clientsOf(peer: Peer, count: number): (() => Promise<void>)[] {
  let puts = 0;
  return Array.from(
    { length: count },
    (_, client) => () => peer.put(client, `/bench/${String(puts++ % keys).padStart(8, '0')}`, value),
  );
}

function describe({ crowd: many, alone }: Speed): string {
  const { perSecond, p50Ms, p99Ms, clientCores } = many;
  const first = `${Math.round(perSecond)} puts/s, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, load generator ${clientCores.toFixed(2)} cores`;
  return `${first}; one client p50 ${alone.p50Ms.toFixed(2)} ms, p99 ${alone.p99Ms.toFixed(2)} ms`;
}
