import { deepEqual, type Node } from '@orrery/api';

/** Whether a pod that did not fit may fit now; a heartbeat changes nothing. */
export function affectsScheduling(previous: Node, current: Node): boolean {
  return !(
    deepEqual(previous.status.allocatable, current.status.allocatable) &&
    deepEqual(previous.metadata.labels, current.metadata.labels) &&
    deepEqual(previous.spec.taints, current.spec.taints) &&
    previous.spec.unschedulable === current.spec.unschedulable
  );
}
