import type { Container, Pod } from '../generated/kinds.ts';

/** A pod, or the template of one. */
export interface CheckedPod {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: Pod['spec'];
}

/** What a check finds: in short, and with the names of what is wrong. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** `undefined` where the pod passes. */
export type PodCheck = (pod: CheckedPod) => Violation | undefined;

export type CheckedContainer = Pick<
  Container,
  'name' | 'securityContext' | 'ports' | 'livenessProbe' | 'readinessProbe' | 'startupProbe' | 'lifecycle'
>;

/** All containers, in the order in which violations name them. */
export function containersOf({ spec }: CheckedPod): CheckedContainer[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])];
}

/** Names of the containers that are as described. */
export function containersThat(pod: CheckedPod, are: (container: CheckedContainer) => boolean): string[] {
  return containersOf(pod)
    .filter(are)
    .map(({ name }) => name);
}

export function isWindows({ spec }: CheckedPod): boolean {
  return spec.os?.name === 'windows';
}

/** In a user namespace, root in the pod is nobody on the node. */
export function hasUserNamespace({ spec }: CheckedPod): boolean {
  return spec.hostUsers === false;
}

/** Those who set something: the pod, `containers "a", "b"`, or both. Empty where nobody did. */
export function setters(podDoes: boolean, containers: readonly string[]): string[] {
  return [...(podDoes ? ['pod'] : []), ...(containers.length > 0 ? [containersText(containers)] : [])];
}

export function containersText(names: readonly string[]): string {
  return `${plural('container', names.length)} ${quoted(names)}`;
}

export function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`;
}

export function quoted(texts: readonly string[]): string {
  return `"${texts.join('", "')}"`;
}

export function sortedSet(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
