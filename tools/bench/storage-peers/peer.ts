import type { StorageClient, WatchingClient } from './storage-client.ts';

/** A storage cluster under load, ours or another, each member a process. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  /** Processes of the members, and of what they need to talk to each other. */
  pids(): number[];
  /** Clients of etcd's gRPC API that talk to the leader, as etcd's own benchmark does with `--target-leader`. */
  grpc(clients: number): Promise<WatchingClient>;
  /** Clients of another way in. */
  bus?(): Promise<StorageClient>;
  /** Kills all members at once; resolves when they are gone. */
  kill(): Promise<void>;
  /** Starts them again on their folders; resolves when a linearizable read is answered. */
  restart(): Promise<void>;
}
