import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Server } from '../cluster/child-process.ts';
import { freePorts } from '../cluster/free-ports.ts';
import { grpcClient } from './grpc-client.ts';
import { killAll, leaderAmong } from './members.ts';
import type { Peer } from './peer.ts';

/** Version of the installed etcd; `undefined` where there is none. */
export function etcdVersion(): string | undefined {
  const { stdout } = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  return /etcd Version: (\S+)/.exec(stdout ?? '')?.[1];
}

/** etcd with its defaults. */
export async function startEtcdPeer(folder: string, members: number): Promise<Peer> {
  const ports = await freePorts(members * 2);
  const clientPorts = ports.slice(0, members);
  const places = clientPorts.map((client, index) => ({
    name: `etcd-${index + 1}`,
    client: `http://127.0.0.1:${client}`,
    peer: `http://127.0.0.1:${ports[members + index]}`,
  }));
  const cluster = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const start = (): Server[] =>
    places.map(({ name, client, peer }) => {
      const args = [
        ...['--name', name, '--data-dir', join(folder, name)],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', cluster, '--initial-cluster-state', 'new', '--log-level', 'fatal'],
      ];
      return new Server('etcd', args).silence();
    });

  let servers = start();
  let leader = await leaderAmong(clientPorts);
  return {
    name: 'etcd',
    pids: () => servers.flatMap(({ child }) => child.pid ?? []),
    grpc: (clients) => grpcClient(leader, clients),
    kill: () => killAll(servers),
    restart: async () => {
      servers = start();
      leader = await leaderAmong(clientPorts);
    },
    [Symbol.asyncDispose]: () => killAll(servers),
  };
}
