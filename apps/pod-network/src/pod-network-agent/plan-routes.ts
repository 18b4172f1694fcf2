import type { Node } from '@orrery/api';

/** Routes to the pods of other nodes: pod CIDR → the node's address. Nodes that share an address with ours need none: one machine, one table. */
export function planRoutes(nodes: readonly Node[], ownName: string): Map<string, string> {
  const own = nodes.find((node) => node.metadata.name === ownName);
  const ownAddress = own && internalAddress(own);
  const routes = new Map<string, string>();
  for (const node of nodes) {
    const address = internalAddress(node);
    const cidr = node.spec.podCIDR;
    if (node === own || cidr === undefined || address === undefined || address === ownAddress) continue;
    routes.set(cidr, address);
  }
  return routes;
}

function internalAddress(node: Node): string | undefined {
  return node.status.addresses?.find((address) => address.type === 'InternalIP')?.address;
}
