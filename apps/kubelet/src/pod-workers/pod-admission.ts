import { isExtendedResource, type Pod, Quantity } from '@orrery/api';
import { isTerminalPhase } from '../pod-lifecycle/pod-shape.ts';

export interface AdmissionFailure {
  readonly reason: string;
  readonly message: string;
}

/** Whether the node takes the pod beside those it has; upstream's reasons and texts where it does not. */
export function admissionFailure(
  pod: Pod,
  others: readonly Pod[],
  allocatable: Readonly<Record<string, string>>,
): AdmissionFailure | undefined {
  const active = others.filter((other) => !isTerminalPhase(other.status.phase));
  const podsMax = Number(allocatable.pods ?? 110);
  if (active.length + 1 > podsMax) return outOf('pods', 1, active.length, podsMax);
  const requested = podRequests(pod);
  for (const [resource, request] of requested) {
    if (request.isZero || resource === 'pods') continue;
    // Somebody else offers it on this node's account, and the scheduler keeps its books.
    if (!(resource in allocatable) && isExtendedResource(resource)) continue;
    const capacity = Quantity.parse(allocatable[resource] ?? '0');
    const used = active.reduce(
      (sum, other) => sum.add(podRequests(other).get(resource) ?? Quantity.zero),
      Quantity.zero,
    );
    if (used.add(request).compare(capacity) <= 0) continue;
    const amount = (quantity: Quantity) => (resource === 'cpu' ? quantity.milliValue() : quantity.toNumber());
    return outOf(resource, amount(request), amount(used), amount(capacity));
  }
  const taken = new Set(active.flatMap(hostPorts));
  if (hostPorts(pod).some((port) => taken.has(port))) {
    const message =
      "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    return { reason: 'NodePorts', message };
  }
  return undefined;
}

/** What a pod takes of each resource: the sum of its containers, or its largest init container. */
export function podRequests({ spec }: Pod): Map<string, Quantity> {
  const total = new Map<string, Quantity>();
  const addTo = (map: Map<string, Quantity>, requests: Record<string, string> | undefined) => {
    for (const [name, text] of Object.entries(requests ?? {})) {
      map.set(name, (map.get(name) ?? Quantity.zero).add(Quantity.parse(text)));
    }
  };
  for (const { resources } of spec.containers) addTo(total, resources?.requests);
  const sidecars = new Map<string, Quantity>();
  const peak = new Map<string, Quantity>();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    if (restartPolicy === 'Always') {
      addTo(sidecars, resources?.requests);
      addTo(total, resources?.requests);
      continue;
    }
    const own = new Map(sidecars);
    addTo(own, resources?.requests);
    for (const [name, amount] of own) if (amount.compare(peak.get(name) ?? Quantity.zero) > 0) peak.set(name, amount);
  }
  for (const [name, amount] of peak) if (amount.compare(total.get(name) ?? Quantity.zero) > 0) total.set(name, amount);
  addTo(total, spec.overhead);
  return total;
}

function hostPorts({ spec }: Pod): string[] {
  return spec.containers.flatMap(({ ports }) =>
    (ports ?? [])
      .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
      .map(({ protocol = 'TCP', hostPort, hostIP }) => `${protocol} ${hostIP || '0.0.0.0'} ${hostPort}`),
  );
}

function outOf(resource: string, requested: number, used: number, capacity: number): AdmissionFailure {
  const amounts = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
  return {
    reason: `OutOf${resource}`,
    message: `Pod was rejected: Node didn't have enough resource: ${resource}, ${amounts}`,
  };
}
