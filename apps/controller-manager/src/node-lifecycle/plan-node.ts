import type { Node, NodeCondition, Taint } from '@orrery/api';
import { formatTime, type Milliseconds } from '@orrery/runtime';

export const notReadyTaint = 'node.kubernetes.io/not-ready';
export const unreachableTaint = 'node.kubernetes.io/unreachable';

/** A node that has been silent for this long is unknown. */
export const gracePeriod: Milliseconds = 40_000;
/** The same for a node that has never been heard of. */
export const startupGracePeriod: Milliseconds = 60_000;

const watchedConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** Taints that this controller sets and removes. */
const conditionTaints = [
  { type: 'Ready', status: 'False', key: notReadyTaint },
  { type: 'Ready', status: 'Unknown', key: unreachableTaint },
  { type: 'MemoryPressure', status: 'True', key: 'node.kubernetes.io/memory-pressure' },
  { type: 'DiskPressure', status: 'True', key: 'node.kubernetes.io/disk-pressure' },
  { type: 'PIDPressure', status: 'True', key: 'node.kubernetes.io/pid-pressure' },
  { type: 'NetworkUnavailable', status: 'True', key: 'node.kubernetes.io/network-unavailable' },
] as const;
const unschedulableTaint = 'node.kubernetes.io/unschedulable';
const managedNoSchedule = new Set<string>([...conditionTaints.map(({ key }) => key), unschedulableTaint]);
const managedNoExecute = new Set<string>([notReadyTaint, unreachableTaint]);

export function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status.conditions?.find((condition) => condition.type === type);
}

/** The conditions of a node that has been silent for too long. */
export function silentConditions(node: Node, now: Milliseconds): NodeCondition[] {
  const at = formatTime(now);
  const silent = watchedConditions.map((type): NodeCondition => {
    const current = conditionOf(node, type);
    if (current?.status === 'Unknown') return current;
    const why =
      current === undefined
        ? { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' }
        : { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
    const lastHeartbeatTime = current?.lastHeartbeatTime ?? node.metadata.creationTimestamp;
    return { type, status: 'Unknown', ...why, lastHeartbeatTime, lastTransitionTime: at };
  });
  const names: readonly string[] = watchedConditions;
  return [...(node.status.conditions ?? []).filter(({ type }) => !names.includes(type)), ...silent];
}

/** The taints that follow from the node's conditions, with all those that are not ours. */
export function desiredTaints(node: Node, now: Milliseconds): Taint[] {
  const current = node.spec.taints ?? [];
  const wanted: Taint[] = [];
  for (const { type, status, key } of conditionTaints) {
    if (conditionOf(node, type)?.status === status) wanted.push({ key, effect: 'NoSchedule' });
  }
  if (node.spec.unschedulable === true) wanted.push({ key: unschedulableTaint, effect: 'NoSchedule' });
  const ready = conditionOf(node, 'Ready')?.status;
  if (ready === 'False') wanted.push({ key: notReadyTaint, effect: 'NoExecute' });
  if (ready === 'Unknown') wanted.push({ key: unreachableTaint, effect: 'NoExecute' });

  const kept = current.filter((taint) => !isManaged(taint) || wanted.some((other) => sameTaint(other, taint)));
  const added = wanted
    .filter((taint) => !current.some((other) => sameTaint(other, taint)))
    .map((taint) => ({ ...taint, timeAdded: formatTime(now) }));
  return [...kept, ...added];
}

function isManaged({ key, effect }: Taint): boolean {
  return effect === 'NoExecute' ? managedNoExecute.has(key) : effect === 'NoSchedule' && managedNoSchedule.has(key);
}

function sameTaint(a: Taint, b: Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}
