import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NatsBus, NatsServer, Subjects, serviceUsers } from '@orrery/bus';
import { createLogger, FileDisk, systemHost, systemProcesses } from '@orrery/runtime';
import { Server } from '../cluster/child-process.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { busClient } from './bus-client.ts';
import { grpcClient } from './grpc-client.ts';
import { killAll, leaderAmong } from './members.ts';
import type { Peer } from './peer.ts';

const main = join(dirname(fileURLToPath(import.meta.resolve('@orrery/storage'))), 'main.js');
const subjects = new Subjects('bench');

/** Our storage as `orrery up --processes --storage-replicas 3` runs it: NATS, and each member a process. */
export async function startOrreryPeer(folder: string, members: number): Promise<Peer> {
  const stack = new AsyncDisposableStack();
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
  const ports = await freePorts(members);
  const start = (): Server[] =>
    names.map((name, index) => startMember(folder, name, names, ports[index] ?? 0, login('storage')));

  let servers = start();
  stack.defer(() => killAll(servers));
  let leader = await leaderAmong(ports);
  return {
    name: 'orrery',
    pids: () => [
      ...servers.flatMap(({ child }) => child.pid ?? []),
      ...(nats.processId === undefined ? [] : [nats.processId]),
    ],
    grpc: (clients) => grpcClient(leader, clients),
    bus: async () => busClient(await NatsBus.connect({ ...host, ...login('apiserver') }), subjects),
    kill: () => killAll(servers),
    restart: async () => {
      servers = start();
      leader = await leaderAmong(ports);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function startMember(folder: string, member: string, members: readonly string[], port: number, bus: object): Server {
  const own = join(folder, member);
  mkdirSync(own, { recursive: true });
  const file = join(folder, `${member}.json`);
  const service = { cluster: subjects.cluster, instance: member, bus, folder: own, logLevel: 'error' };
  const settings = { member, members, etcd: { listen: `127.0.0.1:${port}` } };
  writeFileSync(file, JSON.stringify({ ...service, settings }), { mode: 0o600 });
  return new Server(process.execPath, [main, file]).silence();
}
