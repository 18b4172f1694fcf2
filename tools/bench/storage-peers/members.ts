import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { etcdserverpb } from '@orrery/proto/etcd';
import type { Server } from '../cluster/child-process.ts';
import { GrpcConnection } from './grpc-connection.ts';

const { RangeRequest, StatusRequest, StatusResponse } = etcdserverpb;
const startTimeoutMs = 120_000;
const pauseMs = 20;

/** Kills the processes and waits for their end. */
export async function killAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(async ({ child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }),
  );
}

/** The client port of the member that leads, once it answers a linearizable read. */
export async function leaderAmong(ports: readonly number[]): Promise<number> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    for (const port of ports) if (await leadsAndServes(port)) return port;
    if (performance.now() > deadline) throw new Error('the storage cluster has elected no leader');
    await sleep(pauseMs);
  }
}

async function leadsAndServes(port: number): Promise<boolean> {
  let connection: GrpcConnection | undefined;
  try {
    connection = await GrpcConnection.open(port);
    const answer = await connection.call('/etcdserverpb.Maintenance/Status', StatusRequest.encode({}).finish());
    const { header, leader } = StatusResponse.decode(answer);
    if (leader === '0' || leader !== header?.memberId) return false;
    const read = RangeRequest.fromPartial({ key: Buffer.from('/bench/first') });
    await connection.call('/etcdserverpb.KV/Range', RangeRequest.encode(read).finish());
    return true;
  } catch {
    // It does not listen yet, or nobody leads.
    return false;
  } finally {
    connection?.close();
  }
}
