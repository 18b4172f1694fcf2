import type { Container, Pod } from '@orrery/api';

/** An init container that keeps running beside the pod's containers. */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

export function initContainersOf(pod: Pod): Container[] {
  return pod.spec.initContainers ?? [];
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** The pod has ended for good; nothing of it is ever started again. */
export function isTerminalPhase(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** `name_namespace(uid)`, upstream's way of naming a pod in texts. */
export function podText(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`;
}

/** Seconds that the pod's containers get between SIGTERM and SIGKILL. */
export function gracePeriodSeconds(pod: Pod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

/** Whether a container of that name, having exited so, is started again. */
export function shouldRestart(pod: Pod, container: Container, exitCode: number | undefined): boolean {
  if (isTerminating(pod)) return false;
  if (isSidecar(container)) return true;
  if (exitCode === undefined) return true;
  switch (pod.spec.restartPolicy) {
    case 'Never':
      return false;
    case 'OnFailure':
      return exitCode !== 0;
    default:
      return true;
  }
}
