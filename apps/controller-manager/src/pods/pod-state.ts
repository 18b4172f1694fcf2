import type { Pod, PodCondition } from '@orrery/api';
import { type Milliseconds, parseTime } from '@orrery/runtime';

/** All its containers have ended for good. */
export function isPodTerminal(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Neither ended nor being deleted: it counts as a replica. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready; `undefined` where it is not. */
export function readySince(pod: Pod): Milliseconds | undefined {
  const ready = podCondition(pod, 'Ready');
  return ready?.status === 'True' ? parseTime(ready.lastTransitionTime ?? '') : undefined;
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: Milliseconds): boolean {
  if (!isPodReady(pod)) return false;
  return minReadySeconds === 0 || availableAt(pod, minReadySeconds) <= now;
}

/** When a ready pod counts as available; infinitely far away where it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): Milliseconds {
  return (readySince(pod) ?? Number.POSITIVE_INFINITY) + minReadySeconds * 1000;
}
