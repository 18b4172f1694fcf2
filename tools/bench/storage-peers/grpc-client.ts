import { etcdserverpb } from '@orrery/proto/etcd';
import { GrpcConnection } from './grpc-connection.ts';
import type { WatchingClient } from './storage-client.ts';

const { PutRequest, RangeRequest, WatchRequest, WatchResponse } = etcdserverpb;
const clientsPerConnection = 32;
const end = Buffer.from([0]);

/** Clients of etcd's gRPC API: the same program for etcd and for us. `port`: of the member that all of them talk to. */
export async function grpcClient(port: number, clients: number): Promise<WatchingClient> {
  const connections = await Promise.all(
    Array.from({ length: Math.ceil(clients / clientsPerConnection) }, () => GrpcConnection.open(port)),
  );
  const watching: GrpcConnection[] = [];
  const call = (client: number, method: string, request: Uint8Array): Promise<Buffer> => {
    const connection = connections[client % connections.length];
    if (connection === undefined) throw new Error('no connection');
    return connection.call(`/etcdserverpb.KV/${method}`, request);
  };
  return {
    put: async (client, key, value) => {
      await call(client, 'Put', PutRequest.encode(PutRequest.fromPartial({ key: Buffer.from(key), value })).finish());
    },
    get: async (client, key) => {
      await call(client, 'Range', RangeRequest.encode(RangeRequest.fromPartial({ key: Buffer.from(key) })).finish());
    },
    range: async (client, from, limit) => {
      const request = RangeRequest.fromPartial({ key: Buffer.from(from), rangeEnd: end, limit });
      return (await call(client, 'Range', RangeRequest.encode(request).finish())).length;
    },
    watch: async (prefix, onEvents) => {
      const connection = await GrpcConnection.open(port);
      watching.push(connection);
      const key = Buffer.from(prefix);
      const rangeEnd = Buffer.from(key);
      rangeEnd[key.length - 1] = (key.at(-1) ?? 0) + 1;
      const request = WatchRequest.fromPartial({ requestUnion: { $case: 'createRequest', value: { key, rangeEnd } } });
      await new Promise<void>((resolve, reject) => {
        const onMessage = (message: Buffer): void => {
          const { created, events } = WatchResponse.decode(message);
          if (created) resolve();
          if (events.length > 0) onEvents();
        };
        connection.stream('/etcdserverpb.Watch/Watch', WatchRequest.encode(request).finish(), onMessage, reject);
      });
    },
    [Symbol.asyncDispose]: async () => {
      for (const connection of [...connections, ...watching]) connection.close();
    },
  };
}
