import type { Node, Pod } from '@orrery/api';
import {
  addResources,
  noResources,
  podRequests,
  podRequestsForScoring,
  type Resources,
  resourcesOf,
  subtractResources,
} from './resources.ts';

/** A pod with what a scheduling cycle asks of it, computed once. */
export class PodInfo {
  readonly requests: Resources;
  readonly requestsForScoring: Resources;
  /** Host ports as `ip/protocol/port`. */
  readonly hostPorts: readonly HostPort[];

  constructor(readonly pod: Pod) {
    this.requests = podRequests(pod);
    this.requestsForScoring = podRequestsForScoring(pod);
    this.hostPorts = hostPortsOf(pod);
  }

  get uid(): string {
    return this.pod.metadata.uid;
  }
}

/** A port that a pod takes on its node. */
export interface HostPort {
  /** `0.0.0.0`: all addresses. */
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A node with the sum of what its pods take. */
export class NodeInfo {
  readonly allocatable: Resources;
  /** How many pods the node takes. */
  readonly podsMax: number;
  /** Bytes of the images that the node has, by name. */
  readonly images: ReadonlyMap<string, number>;
  private readonly pods = new Map<string, PodInfo>();
  private sum: Resources = noResources;
  private sumForScoring: Resources = noResources;

  constructor(
    readonly node: Node,
    pods: Iterable<PodInfo> = [],
  ) {
    const allocatable = node.status.allocatable ?? {};
    this.allocatable = resourcesOf(allocatable);
    this.podsMax = Number(allocatable.pods ?? 0);
    this.images = new Map(
      (node.status.images ?? []).flatMap((image) =>
        (image.names ?? []).map((name): [string, number] => [name, image.sizeBytes ?? 0]),
      ),
    );
    for (const pod of pods) this.add(pod);
  }

  get name(): string {
    return this.node.metadata.name;
  }

  get requested(): Resources {
    return this.sum;
  }

  get requestedForScoring(): Resources {
    return this.sumForScoring;
  }

  get podCount(): number {
    return this.pods.size;
  }

  podInfos(): IterableIterator<PodInfo> {
    return this.pods.values();
  }

  add(pod: PodInfo): void {
    this.remove(pod.uid);
    this.pods.set(pod.uid, pod);
    this.sum = addResources(this.sum, pod.requests);
    this.sumForScoring = addResources(this.sumForScoring, pod.requestsForScoring);
  }

  remove(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.pods.delete(uid);
    this.sum = subtractResources(this.sum, pod.requests);
    this.sumForScoring = subtractResources(this.sumForScoring, pod.requestsForScoring);
  }
}

function hostPortsOf(pod: Pod): HostPort[] {
  const containers = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'),
  ];
  return containers.flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({ ip: port.hostIP || '0.0.0.0', protocol: port.protocol ?? 'TCP', port: port.hostPort ?? 0 })),
  );
}
