/** Members talk over the bus; the host of a peer URL is the member's name. The port says nothing and is etcd's. */
const PEER_PORT = 2380;

export function peerUrlOf(member: string): string {
  return `http://${member}:${PEER_PORT}`;
}

/** The member that a peer URL names; `undefined` where it is none that etcd would take: scheme, host and port, nothing more. */
export function memberOfPeerUrl(url: string): string | undefined {
  return /^https?:\/\/([A-Za-z0-9][A-Za-z0-9._-]*):[0-9]{1,5}$/.exec(url)?.[1];
}
