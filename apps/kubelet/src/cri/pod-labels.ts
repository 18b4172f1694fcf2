import type { Container, Pod } from '@orrery/api';

/** Labels and annotations under which a kubelet finds its pods and containers in the runtime again; upstream's names. */
export const podNameLabel = 'io.kubernetes.pod.name';
export const podNamespaceLabel = 'io.kubernetes.pod.namespace';
export const podUidLabel = 'io.kubernetes.pod.uid';
export const containerNameLabel = 'io.kubernetes.container.name';
export const restartCountAnnotation = 'io.kubernetes.container.restartCount';
export const hashAnnotation = 'io.kubernetes.container.hash';
export const terminationMessagePathAnnotation = 'io.kubernetes.container.terminationMessagePath';
export const terminationMessagePolicyAnnotation = 'io.kubernetes.container.terminationMessagePolicy';
export const podGracePeriodAnnotation = 'io.kubernetes.pod.terminationGracePeriod';

/** Labels of a pod's sandbox: the pod's own and those that name it. */
export function sandboxLabels(pod: Pod): Record<string, string> {
  return { ...pod.metadata.labels, ...podIdentity(pod) };
}

export function containerLabels(pod: Pod, container: Container): Record<string, string> {
  return { ...podIdentity(pod), [containerNameLabel]: container.name };
}

export function containerAnnotations(pod: Pod, container: Container, restartCount: number): Record<string, string> {
  return {
    [hashAnnotation]: containerHash(container),
    [restartCountAnnotation]: String(restartCount),
    [terminationMessagePathAnnotation]: container.terminationMessagePath ?? '/dev/termination-log',
    [terminationMessagePolicyAnnotation]: container.terminationMessagePolicy ?? 'File',
    [podGracePeriodAnnotation]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
  };
}

/** Changes when the container has to be started anew for its spec to hold: name and image, as upstream. */
export function containerHash(container: Container): string {
  let hash = 0x811c9dc5;
  for (const char of `${container.name}\n${container.image ?? ''}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16);
}

function podIdentity(pod: Pod): Record<string, string> {
  return {
    [podNameLabel]: pod.metadata.name,
    [podNamespaceLabel]: pod.metadata.namespace ?? '',
    [podUidLabel]: pod.metadata.uid,
  };
}
