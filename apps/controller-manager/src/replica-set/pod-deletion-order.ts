import type { Pod } from '@orrery/api';
import { type Milliseconds, parseTime } from '@orrery/runtime';
import { isPodReady, readySince } from '../pods/pod-state.ts';

const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** A pod with the number of related active pods on its node: the fuller node loses first. */
export interface RankedPod {
  readonly pod: Pod;
  readonly rank: number;
}

/**
 * Upstream's order in which pods are given up: unassigned before assigned, pending before running, not ready before ready, cheaper before
 * dearer, crowded nodes first, then younger before older. Ages count by powers of two, so that among pods of about one age the uid decides.
 */
export function compareForDeletion(a: RankedPod, b: RankedPod, now: Milliseconds): number {
  return (
    Number(isAssigned(a.pod)) - Number(isAssigned(b.pod)) ||
    phaseRank(a.pod) - phaseRank(b.pod) ||
    Number(isPodReady(a.pod)) - Number(isPodReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.rank - a.rank ||
    compareAge(readySince(a.pod), readySince(b.pod), a.pod, b.pod, now) ||
    restarts(b.pod) - restarts(a.pod) ||
    compareAge(createdAt(a.pod), createdAt(b.pod), a.pod, b.pod, now)
  );
}

/** The `count` of `pods` to delete first. `related` are all active pods of the same application. */
export function podsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  now: Milliseconds,
): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const { spec } of related) perNode.set(spec.nodeName ?? '', (perNode.get(spec.nodeName ?? '') ?? 0) + 1);
  return pods
    .map((pod) => ({ pod, rank: perNode.get(pod.spec.nodeName ?? '') ?? 0 }))
    .sort((a, b) => compareForDeletion(a, b, now))
    .slice(0, count)
    .map(({ pod }) => pod);
}

function isAssigned(pod: Pod): boolean {
  return (pod.spec.nodeName ?? '') !== '';
}

function phaseRank(pod: Pod): number {
  return phaseOrder[pod.status.phase ?? 'Pending'] ?? 0;
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCostAnnotation] ?? '';
  return /^-?\d+$/.test(text) ? Number(text) : 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function createdAt(pod: Pod): Milliseconds | undefined {
  return parseTime(pod.metadata.creationTimestamp);
}

/** Younger first; a missing time is the youngest. */
function compareAge(
  a: Milliseconds | undefined,
  b: Milliseconds | undefined,
  podA: Pod,
  podB: Pod,
  now: Milliseconds,
): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const difference = ageClass(now - a) - ageClass(now - b);
  if (difference !== 0) return difference;
  return podA.metadata.uid < podB.metadata.uid ? -1 : 1;
}

function ageClass(age: Milliseconds): number {
  return age <= 0 ? 0 : Math.floor(Math.log2(age * 1e6));
}
