import type { GraphNode } from './graph-node.ts';

/** Objects by uid, by owner and by namespace. Iterates in order of arrival. */
export class GraphIndex {
  private readonly nodes = new Map<string, GraphNode>();
  private readonly byOwner = new Map<string, Map<string, GraphNode>>();
  private readonly byNamespace = new Map<string, Map<string, GraphNode>>();

  get(uid: string): GraphNode | undefined {
    return this.nodes.get(uid);
  }

  all(): GraphNode[] {
    return [...this.nodes.values()];
  }

  /** Objects that name this uid as an owner, whether it exists or not. */
  dependents(uid: string): GraphNode[] {
    return [...(this.byOwner.get(uid)?.values() ?? [])];
  }

  inNamespace(namespace: string): GraphNode[] {
    return [...(this.byNamespace.get(namespace)?.values() ?? [])];
  }

  put(node: GraphNode): void {
    this.remove(node.uid);
    this.nodes.set(node.uid, node);
    for (const { uid } of node.owners) member(this.byOwner, uid).set(node.uid, node);
    if (node.key.namespace !== '') member(this.byNamespace, node.key.namespace).set(node.uid, node);
  }

  remove(uid: string): void {
    const node = this.nodes.get(uid);
    if (node === undefined) return;
    this.nodes.delete(uid);
    for (const owner of node.owners) drop(this.byOwner, owner.uid, uid);
    drop(this.byNamespace, node.key.namespace, uid);
  }
}

type Groups = Map<string, Map<string, GraphNode>>;

function member(groups: Groups, id: string): Map<string, GraphNode> {
  let group = groups.get(id);
  if (group === undefined) {
    group = new Map();
    groups.set(id, group);
  }
  return group;
}

function drop(groups: Groups, id: string, uid: string): void {
  const group = groups.get(id);
  group?.delete(uid);
  if (group?.size === 0) groups.delete(id);
}
