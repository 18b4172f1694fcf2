import type { Node, Pod } from '@orrery/api';
import { NodeInfo, PodInfo } from './node-info.ts';

/**
 * What the scheduler knows of nodes and of the pods on them. A pod counts from the moment that a node is chosen for it (`assume`), before the
 * binding is written, so that the next pod sees the room gone.
 */
export class ClusterCache {
  private readonly nodes = new Map<string, NodeInfo>();
  /** The node of each pod that counts; pods of nodes that are not known (yet) wait in `strays`. */
  private readonly nodeOfPod = new Map<string, string>();
  private readonly strays = new Map<string, Map<string, PodInfo>>();
  private list: readonly NodeInfo[] | undefined;

  /** All nodes, in the order of their arrival. */
  snapshot(): readonly NodeInfo[] {
    this.list ??= [...this.nodes.values()];
    return this.list;
  }

  setNode(node: Node): void {
    const { name } = node.metadata;
    const pods = this.nodes.get(name)?.podInfos() ?? this.strays.get(name)?.values() ?? [];
    this.nodes.set(name, new NodeInfo(node, [...pods]));
    this.strays.delete(name);
    this.list = undefined;
  }

  removeNode(name: string): void {
    const info = this.nodes.get(name);
    if (!info) return;
    this.strays.set(name, new Map([...info.podInfos()].map((pod) => [pod.uid, pod])));
    this.nodes.delete(name);
    this.list = undefined;
  }

  /** Counts a pod on a node: as chosen by us or as seen in the API, which overrides the choice. */
  setPod(pod: Pod, nodeName: string): void {
    const { uid } = pod.metadata;
    if (this.nodeOfPod.get(uid) !== nodeName) this.removePod(uid);
    const info = new PodInfo(pod);
    this.nodeOfPod.set(uid, nodeName);
    const node = this.nodes.get(nodeName);
    if (node) {
      node.add(info);
      return;
    }
    const strays = this.strays.get(nodeName) ?? new Map<string, PodInfo>();
    this.strays.set(nodeName, strays.set(uid, info));
  }

  /** Whether the pod counts on some node. */
  hasPod(uid: string): boolean {
    return this.nodeOfPod.has(uid);
  }

  /** The pod is gone, has ended, or could not be bound. */
  removePod(uid: string): void {
    const nodeName = this.nodeOfPod.get(uid);
    if (nodeName === undefined) return;
    this.nodeOfPod.delete(uid);
    this.nodes.get(nodeName)?.remove(uid);
    const strays = this.strays.get(nodeName);
    strays?.delete(uid);
    if (strays?.size === 0) this.strays.delete(nodeName);
  }
}
