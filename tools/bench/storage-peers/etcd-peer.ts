import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '../cluster/child-process.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { EtcdConnection } from './etcd-connection.ts';
import type { Peer } from './peer.ts';

const clientsPerConnection = 32;
const clientsMax = 256;
const startTimeoutMs = 15_000;

/** Version of the installed etcd; `undefined` where there is none. */
export function etcdVersion(): string | undefined {
  const { stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return /etcd Version: (\S+)/.exec(stdout ?? '')?.[1];
}

/** etcd with its own defaults, on loopback, without TLS. All clients ask the leader, which suits etcd best. */
export async function startEtcdPeer(folder: string, members: number): Promise<Peer> {
  const stack = new AsyncDisposableStack();
  try {
    const ports = await freePorts(members * 2);
    const clientPorts = ports.slice(0, members);
    const places = clientPorts.map((client, index) => ({
      name: `etcd-${index + 1}`,
      client: `http://127.0.0.1:${client}`,
      peer: `http://127.0.0.1:${ports[members + index]}`,
    }));
    const cluster = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
    for (const { name, client, peer } of places) {
      const args = [
        ...['--name', name, '--data-dir', join(folder, name)],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', cluster, '--initial-cluster-state', 'new', '--log-level', 'fatal'],
      ];
      stack.use(new Server('etcd', args).silence());
    }
    const leader = await leaderAmong(clientPorts);
    const connections: EtcdConnection[] = [];
    for (let index = 0; index < clientsMax / clientsPerConnection; index++) {
      const connection = await EtcdConnection.open(leader);
      stack.defer(() => connection.close());
      connections.push(connection);
    }
    const put: Peer['put'] = (client, key, value) => {
      const connection = connections[client % connections.length];
      if (!connection) throw new Error('no connection');
      return connection.put(key, value);
    };
    return { name: 'etcd', put, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** The client port of the leader, asked over the JSON gateway. */
async function leaderAmong(ports: readonly number[]): Promise<number> {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    for (const port of ports) {
      const status = await statusOf(port);
      if (status?.leader !== undefined && status.leader === status.header.member_id) return port;
    }
    if (performance.now() > deadline) throw new Error('etcd has elected no leader');
    await sleep(50);
  }
}

interface MemberStatus {
  readonly leader?: string;
  readonly header: { readonly member_id: string };
}

async function statusOf(port: number): Promise<MemberStatus | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v3/maintenance/status`, { method: 'POST', body: '{}' });
    return response.ok ? ((await response.json()) as MemberStatus) : undefined;
  } catch {
    // It does not listen yet.
    return undefined;
  }
}
