/** A storage cluster under load, ours or another, with its clients in this process. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  /** Puts one value. `client` is the number of the client, below `clientsMax`, so that clients can share connections. */
  put(client: number, key: string, value: Uint8Array): Promise<void>;
}
