import {
  type CheckedPod,
  containersText,
  containersThat,
  hasUserNamespace,
  type PodCheck,
  setters,
  type Violation,
} from './check.ts';

const notRoot = 'runAsNonRoot != true';

export function runAsNonRoot(pod: CheckedPod): Violation | undefined {
  const podValue = pod.spec.securityContext?.runAsNonRoot;
  const containers = containersThat(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const who = setters(podValue === false, containers);
  if (who.length > 0) {
    return { reason: notRoot, detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` };
  }
  if (podValue === true) return undefined;
  const silent = containersThat(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason: notRoot, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` };
}

export function runAsUser(pod: CheckedPod): Violation | undefined {
  const containers = containersThat(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  const who = setters(pod.spec.securityContext?.runAsUser === 0, containers);
  return who.length === 0
    ? undefined
    : { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` };
}

/** A check that lets pods in user namespaces be, where root is nobody on the node. */
export function outsideUserNamespaces(check: PodCheck): PodCheck {
  return (pod) => (hasUserNamespace(pod) ? undefined : check(pod));
}
