import { credentials, Metadata } from '@grpc/grpc-js';
import { etcdserverpb } from '@orrery/proto/etcd';
import { SystemTimers } from '@orrery/runtime';
import { answer, channelOptions } from './etcd-access.ts';
import type { StorageProcesses } from './storage-processes.ts';

const timers = new SystemTimers();
const pauseMs = 50;
const patienceMs = 30_000;
const callMs = 1_000;

/** The member that says of itself that it leads. */
export async function leaderOf({ endpoints }: StorageProcesses): Promise<string> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    for (const [member, endpoint] of endpoints) if (await leads(endpoint)) return member;
    await timers.sleep(pauseMs);
  }
  throw new Error(`nobody has led for ${patienceMs} ms`);
}

async function leads(endpoint: string): Promise<boolean> {
  const client = new etcdserverpb.MaintenanceClient(endpoint, credentials.createInsecure(), channelOptions);
  try {
    const { header, leader } = await answer<etcdserverpb.StatusResponse>((done) =>
      client.status({}, new Metadata(), { deadline: Date.now() + callMs }, done),
    );
    return leader !== '0' && leader === header?.memberId;
  } catch {
    // It does not answer: another one may.
    return false;
  } finally {
    client.close();
  }
}
