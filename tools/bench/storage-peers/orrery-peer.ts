import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NatsBus, NatsServer, Subjects, serviceUsers } from '@orrery/bus';
import { storagev1 } from '@orrery/proto';
import { createLogger, FileDisk, systemHost, systemProcesses } from '@orrery/runtime';
import { Server } from '../cluster/child-process.ts';
import type { Peer } from './peer.ts';

const main = join(dirname(fileURLToPath(import.meta.resolve('@orrery/storage'))), 'main.js');
const subjects = new Subjects('bench');
const answerTimeoutMs = 10_000;

/** Our storage as `orrery up --processes` runs it: NATS, and each member a process; asked over the bus, as the API server does. */
export async function startOrreryPeer(folder: string, members: number): Promise<Peer> {
  const stack = new AsyncDisposableStack();
  try {
    const host = systemHost({ dataFolder: folder, logger: createLogger({ level: 'silent' }) });
    const users = serviceUsers({ cluster: subjects.cluster, nodes: [], password: (user) => `bench-${user}` });
    const nats = new NatsServer({
      ...host,
      folder: join(folder, 'nats'),
      disk: new FileDisk(join(folder, 'nats')),
      port: 0,
      users,
      processes: systemProcesses,
    });
    stack.defer(() => nats.stop());
    await nats.start();
    const login = (user: string) => ({ servers: [nats.address], user, password: `bench-${user}` });
    const names = Array.from({ length: members }, (_, index) => `storage-${index + 1}`);
    for (const name of names) stack.use(startMember(folder, name, names, login('storage')));
    const bus = await NatsBus.connect({ ...host, ...login('apiserver') });
    stack.defer(() => bus.close());

    const put: Peer['put'] = async (_, key, value) => {
      const answer = await bus.request(subjects.kv(), encodePut(key, value), { timeoutMs: answerTimeoutMs });
      const { result } = storagev1.Response.decode(answer);
      if (result?.$case !== 'txn') throw new Error(`storage answered ${JSON.stringify(result)}`);
    };
    await untilServing(put);
    return { name: 'orrery', put, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function startMember(folder: string, member: string, members: readonly string[], bus: object): Server {
  const own = join(folder, member);
  mkdirSync(own, { recursive: true });
  const file = join(folder, `${member}.json`);
  const service = { cluster: subjects.cluster, instance: member, bus, folder: own, logLevel: 'error' };
  writeFileSync(file, JSON.stringify({ ...service, settings: { member, members } }), { mode: 0o600 });
  return new Server(process.execPath, [main, file]).silence();
}

async function untilServing(put: Peer['put']): Promise<void> {
  const deadline = performance.now() + answerTimeoutMs;
  for (;;) {
    try {
      return await put(0, '/bench/first', new Uint8Array(1));
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}

let requests = 0;

function encodePut(key: string, value: Uint8Array): Uint8Array {
  const put = { key: Buffer.from(key), value, lease: 0 };
  return storagev1.Request.encode({
    requestId: `bench-${++requests}`,
    operation: {
      $case: 'txn',
      value: { compare: [], success: [{ operation: { $case: 'put', value: put } }], failure: [] },
    },
  }).finish();
}
