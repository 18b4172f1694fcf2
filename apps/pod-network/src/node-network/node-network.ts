/** Links, addresses and routes of one network namespace. Each call brings the node to the state that it names; failures are `NodeNetworkError`. */
export interface NodeNetwork {
  /** A bridge that is up and has this address (`10.244.0.1/24`), and no other of ours. */
  ensureBridge(name: string, address: string): Promise<void>;
  /** A device that is up, leads nowhere and takes the traffic for `cidrs`, sent from the address `source` by processes of this node. */
  ensureSink(name: string, cidrs: readonly string[], source: string): Promise<void>;
  ensureRoute(cidr: string, via: string): Promise<void>;
  removeRoute(cidr: string): Promise<void>;
  /** Nothing happens where there is no such device. */
  removeLink(name: string): Promise<void>;
  /** Sets a kernel parameter (`net/ipv4/ip_forward`) and answers what it was. */
  setParameter(path: string, value: string): Promise<string>;
}

/** A change of the node's network was refused. */
export class NodeNetworkError extends Error {
  override readonly name = 'NodeNetworkError';
  constructor(
    readonly command: string,
    readonly output: string,
  ) {
    super(`${command} failed: ${output.trim()}`);
  }
}
