import { Node, type ObjectKey } from '@orrery/api';
import type { EventRecorder, Informers, Lister } from '@orrery/client';
import { done, type Outcome, type ReconcileContext, Reconciler } from '@orrery/controller';
import { freePodCidr } from './plan-pod-cidr.ts';

/** Gives each node its range of pod addresses. One at a time, so that no two nodes get the same. */
@Reconciler({ for: Node, name: 'node-ipam-controller', concurrency: 1 })
export class NodeIpamReconciler {
  private readonly nodes: Lister<Node>;

  constructor(
    informers: Informers,
    private readonly events: EventRecorder,
    private readonly clusterCidr: string,
  ) {
    this.nodes = informers.for(Node).lister;
  }

  async reconcile(key: ObjectKey, { api }: ReconcileContext): Promise<Outcome> {
    const node = this.nodes.get(key);
    if (node === undefined || node.spec.podCIDR !== undefined) return done();
    const taken = new Set(this.nodes.list().flatMap(({ spec }) => spec.podCIDRs ?? spec.podCIDR ?? []));
    const podCIDR = freePodCidr(this.clusterCidr, taken);
    if (podCIDR === undefined) {
      this.events.event(node, 'Normal', 'CIDRNotAvailable', `Node ${key.name} status is now: CIDRNotAvailable`);
      throw new PodCidrsExhaustedError(this.clusterCidr);
    }
    const { uid } = node.metadata;
    await api.patch(Node, key, { type: 'merge', body: { metadata: { uid }, spec: { podCIDR, podCIDRs: [podCIDR] } } });
    return done();
  }
}

/** The cluster has more nodes than its pod range has parts. */
export class PodCidrsExhaustedError extends Error {
  override readonly name = 'PodCidrsExhaustedError';
  constructor(readonly clusterCidr: string) {
    super(`no /24 is left in ${clusterCidr}`);
  }
}
