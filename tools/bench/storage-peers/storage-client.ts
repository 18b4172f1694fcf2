/** What the benchmark asks of storage. `client` is the number of the client, so that clients can share connections. Keys are ASCII. */
export interface StorageClient extends AsyncDisposable {
  put(client: number, key: string, value: Uint8Array): Promise<void>;
  /** Linearizable. */
  get(client: number, key: string): Promise<void>;
  /** The first `limit` keys from `from` on, with their values; linearizable. Resolves with the bytes of the answer. */
  range(client: number, from: string, limit: number): Promise<number>;
}

/** Clients that also watch. */
export interface WatchingClient extends StorageClient {
  /** Calls `onEvents` for each message with changes below `prefix`. Resolves when the watch is in force; ends with the client. */
  watch(prefix: string, onEvents: () => void): Promise<void>;
}
