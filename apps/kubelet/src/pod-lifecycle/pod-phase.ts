import type { ContainerStatus, Pod } from '@orrery/api';
import { initContainersOf, isSidecar } from './pod-shape.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

export interface PhaseInput {
  readonly pod: Pod;
  readonly main: readonly ContainerStatus[];
  readonly init: readonly ContainerStatus[];
  /** Nothing will be started any more, whatever the restart policy says. */
  readonly ended: boolean;
}

/** Where the pod stands in its life, from its containers' statuses; upstream's rules. */
export function podPhase({ pod, main, init, ended }: PhaseInput): PodPhase {
  const initialization = initializationState(pod, init);
  if (initialization === 'failed' && (pod.spec.restartPolicy === 'Never' || ended)) return 'Failed';
  const counts = count(main);
  const pendingInit = initialization !== 'done' && counts.running + counts.stopped === 0;
  if (pendingInit && !ended) return 'Pending';
  if (counts.waiting > 0 && !ended) return 'Pending';
  if (counts.running > 0) return 'Running';
  if (counts.stopped === 0) return ended ? 'Failed' : 'Pending';
  if (!ended && pod.spec.restartPolicy !== 'Never' && pod.spec.restartPolicy !== 'OnFailure') return 'Running';
  if (counts.succeeded === counts.stopped && counts.waiting === 0) return 'Succeeded';
  if (ended || pod.spec.restartPolicy === 'Never') return 'Failed';
  return 'Running';
}

function count(statuses: readonly ContainerStatus[]) {
  const counts = { running: 0, waiting: 0, stopped: 0, succeeded: 0 };
  for (const { state, lastState } of statuses) {
    if (state?.running) counts.running++;
    else if (state?.terminated) {
      counts.stopped++;
      if (state.terminated.exitCode === 0) counts.succeeded++;
    } else if (lastState?.terminated) counts.stopped++;
    else counts.waiting++;
  }
  return counts;
}

function initializationState(pod: Pod, statuses: readonly ContainerStatus[]): 'done' | 'pending' | 'failed' {
  const containers = initContainersOf(pod);
  let state: 'done' | 'pending' | 'failed' = 'done';
  for (const [index, container] of containers.entries()) {
    const status = statuses[index];
    const terminated = status?.state?.terminated;
    if (isSidecar(container)) {
      if (!status?.started) state = state === 'failed' ? state : 'pending';
      continue;
    }
    if (terminated && terminated.exitCode !== 0) state = 'failed';
    else if (!terminated && state !== 'failed') state = 'pending';
  }
  return state;
}
